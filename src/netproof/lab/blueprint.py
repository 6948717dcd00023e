"""The hardware of a lab as kernel objects: namespaces, switches, wires, and stations, which nobody manages. Pure.

::

    network infra = a namespace with a switch        host hv1              station pdu
    ┌──────────────── lab.S.infra ───────────────┐   ┌─ lab.S.hv1 ──┐     ┌─ lab.S.pdu ──┐
    │ br0 ── port 0-hv1 ─────────────────────────┼───┼ eth1  (down) │     │              │
    │     └─ port 1-pdu ─────────────────────────┼───┼──────────────┼─────┼ eth0 address │
    └────────────────────────────────────────────┘   └──────────────┘     └──────────────┘

One VLAN of a network is a switch of its own, joined to that of the trunk by a wire: what leaves it gets the tag before
whatever tags it has, and what comes to it has lost one. So no frame is dropped here for its tags. The switch of a trunk
learns no MACs: it has one table for all VLANs, in two of which one MAC may be at different places.

A host gets its NICs plugged in and nothing else: addresses, bridges and guards are the business of `apply`, which here
is the same as on a live host. Endpoints get their bare namespace; `apply` attaches them.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.lab.nodes import SWITCH, Kind, netns_of, node_names
from netproof.routing.interface import addressing
from netproof.routing.route import device_towards, route
from netproof.site import nodes
from netproof.site.model import Site
from netproof.site.nodes import Nic, Node, PhysicalNetwork, Station
from netproof.state.bridging import Port
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Sysctl
from netproof.state.links import ALL_FORWARDABLE_GROUPS, Bridge, Mac, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import KernelObject
from netproof.values.naming import derived_mac

_BARE_IPV4 = ("rp_filter", "forwarding", "arp_ignore", "arp_announce", "arp_filter", "proxy_arp", "accept_local")
_BARE_IPV6 = ("forwarding", "accept_dad", "router_solicitations")
BARE = {
    **{f"net/ipv4/conf/{which}/{name}": "0" for name in _BARE_IPV4 for which in ("all", "default")},
    **{f"net/ipv6/conf/{which}/{name}": "0" for name in _BARE_IPV6 for which in ("all", "default")},
}
"""What every node starts from, whatever this machine's sysctl.conf says: a new namespace inherits the IPv4 settings of
the machine (net.core.devconf_inherit_init_net = 0), and a lab must not depend on them. No duplicate address detection:
an address of the lab is used at once. No link asks for a router: the group that it would ask is a place in the
neighbour table, of which there are 1,024 for all namespaces of a machine."""

SWITCH_ONLY = {
    # br_netfilter is on in every new namespace where it is built in, and then swallows malformed frames (6.18).
    "net/bridge/bridge-nf-call-iptables": "0",
    "net/bridge/bridge-nf-call-ip6tables": "0",
    "net/bridge/bridge-nf-call-arptables": "0",
    "net/ipv6/conf/all/disable_ipv6": "1",  # sets `default` and every link too
}
"""What makes a namespace a mere switch: it neither filters nor speaks."""

FORWARDING = {
    f"net/{family}/conf/{which}/forwarding": "1" for family in ("ipv4", "ipv6") for which in ("all", "default")
}

_JOINT = "trunk"
"""In the switch of one VLAN, the wire that carries it with its tag."""

VETH_MTU = 1500
"""With which the kernel makes a veth."""


def hardware(site: Site, kind: Kind) -> HostState:
    """Return all hardware of the lab of `site`, every object in a named namespace."""
    return HostState(_objects(site, kind))


def wires(site: Site) -> Iterator[tuple[str, Node, Nic]]:
    """Yield the switch port, the node and the NIC of every wire; a port's name is unique in its network."""
    plugged = dict.fromkeys(site.networks, 0)
    for node in (*site.hosts.values(), *site.stations.values()):
        for nic in (nic for nic in node.nics if not nic.vlan):
            yield f"{plugged[nic.network]}-{node.name}"[:15], node, nic
            plugged[nic.network] += 1


def _objects(site: Site, kind: Kind) -> Iterator[KernelObject]:
    for name in node_names(site):
        netns = netns_of(kind, site.name, name)
        yield Namespace(netns)
        if name not in site.networks:
            station = site.stations.get(name)
            yield from _sysctls(netns, BARE | FORWARDING if station and station.forward else BARE)
    for network in site.networks.values():
        yield from _switch(site, network, netns_of(kind, site.name, network.name))
        if network.vlan:
            yield from _joint(site, network, network.vlan, kind)
    for port, node, nic in wires(site):
        yield from _wire(site, kind, port, node, nic)
    for host in site.hosts.values():
        yield Up(netns_of(kind, site.name, host.name), "lo")
    for station in site.stations.values():
        yield from _station(station, netns_of(kind, site.name, station.name))


def _sysctls(netns: str, values: dict[str, str]) -> Iterator[Sysctl]:
    return (Sysctl(netns, name, value) for name, value in values.items())


def _switch(site: Site, network: PhysicalNetwork, netns: str) -> Iterator[KernelObject]:
    yield from _sysctls(netns, SWITCH_ONLY)
    # A wire, and many a switch, forwards frames to link-local groups as well: whoever is on it may send them.
    mac = derived_mac(site.name, network.name, "switch")
    yield Bridge(netns, SWITCH, mac, group_fwd_mask=ALL_FORWARDABLE_GROUPS)
    yield Up(netns, SWITCH)


def _wire(site: Site, kind: Kind, port: str, node: Node, nic: Nic) -> Iterator[KernelObject]:
    """One veth: its near end is the switch's port, its far end the NIC, born in the node's namespace and left down."""
    near, far = netns_of(kind, site.name, nic.network), netns_of(kind, site.name, node.name)
    plug = f"{node.name}/{nic.name}"
    yield Veth(near, port, derived_mac(site.name, plug, "switch-port"), far, nic.name)
    yield Mac(far, nic.name, nic_mac(site, node, nic))
    mtu = site.networks[nic.network].mtu
    ends = (Mtu(near, port, mtu), Mtu(far, nic.name, nic.mtu or mtu))
    yield from (end for end in ends if end.mtu != VETH_MTU)
    yield Port(near, port, SWITCH, learning=not _is_trunk(site, nic.network))
    yield Up(near, port)


def _is_trunk(site: Site, network: str) -> bool:
    return any(other.vlan and other.vlan.trunk == network for other in site.networks.values())


def _joint(site: Site, network: PhysicalNetwork, vlan: nodes.Vlan, kind: Kind) -> Iterator[KernelObject]:
    """The wire from the switch of one VLAN to that of the network that carries it with a tag."""
    near, far = netns_of(kind, site.name, vlan.trunk), netns_of(kind, site.name, network.name)
    port, carried = f"vlan{vlan.vid}", f"{_JOINT}.{vlan.vid}"
    yield Veth(near, port, derived_mac(site.name, network.name, "switch-port"), far, _JOINT)
    ends = ((near, port), (far, _JOINT))
    yield from (Mtu(netns, ifname, network.mtu) for netns, ifname in ends if network.mtu != VETH_MTU)
    yield Vlan(far, carried, _JOINT, vlan.vid)
    yield from (Port(near, port, SWITCH, learning=False), Port(far, carried, SWITCH))
    yield from (Up(netns, ifname) for netns, ifname in (*ends, (far, carried)))


def nic_mac(site: Site, node: Node, nic: Nic) -> str:
    """Return the MAC that a NIC has in the lab."""
    return nic.mac or derived_mac(site.name, f"{node.name}/{nic.name}", "nic")


def _station(station: Station, netns: str) -> Iterator[KernelObject]:
    yield Up(netns, "lo")
    for nic in station.nics:
        yield Up(netns, nic.name)
        yield from addressing(netns, nic.name, nic.addresses, nic.gateways, nodad=True)
    links = [(nic.name, nic.addresses) for nic in station.nics]
    for to in station.routes:
        towards = to.dev or (device_towards(to.via, links) if to.via else None)
        yield route(netns, to.to, via=to.via, ifname=towards or "", table=to.table, metric=to.metric or 0)
