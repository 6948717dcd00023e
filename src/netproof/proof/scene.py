"""What an attacker knows of a site: who stands where, and with which MAC, read where it can be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

from netproof.errors import CannotError
from netproof.proof.frames import IPV4, IPV6, header, in_ethernet
from netproof.proof.parties import Spot, Stand, Way, members
from netproof.proof.parties import ethernet as ethernet_of
from netproof.proof.probe import RawFrame, Shot
from netproof.proof.vantage import Vantage
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import Nic
from netproof.values.address import Address, Interface, link_local_of
from netproof.values.naming import ANNEX, bridge_ifname, bridge_mac, derived_mac, gateway_mac, port_ifname

STRANGER: dict[str, Address] = {"ipv4": IPv4Address("198.19.255.254"), "ipv6": IPv6Address("2001:2:0:ffff::fffe")}
"""Addresses set aside for tests of network devices (RFC 2544, RFC 5180), beyond those that a lab takes."""


class Scene:
    """A furnished site with the vantages of one realm: the lab, its open twin, or a live host.

    `live`: only reserved identities may be forged, and none of `spoken_for`, addresses beyond those of the site.
    Methods that read a MAC raise what the vantage raises.
    """

    def __init__(
        self,
        site: Site,
        vantages: Mapping[str, Vantage],
        *,
        live: bool = False,
        spoken_for: Collection[Address] = (),
    ) -> None:
        self.site, self.vantages, self.live, self._spoken_for = site, vantages, live, spoken_for
        self._macs: dict[tuple[str, str], str] = {}
        self._reserved: dict[Interface, Interface] = {}
        self._ifindexes: dict[Spot, int] = {}
        self._ethernets: dict[str, frozenset[Spot]] = {}
        self.run = os.urandom(4).hex()  # tells what is numbered by it from what the last proof left in tables
        self.said: dict[tuple[Spot, Spot], tuple[Shot, ...]] = {}  # what many claims have one member tell another

    def vantage(self, node: str) -> Vantage:
        """Return where to watch `node` from. Raises CannotError where it is not to be watched."""
        if node not in self.vantages:
            raise CannotError(absent(node))
        return self.vantages[node]

    def bridges(self, node: str) -> tuple[str, ...]:
        """Name the bridges of segments that are among the links of `node`, a host or an annex of one."""
        site, host = self.site, node.rpartition(ANNEX)[2]
        at_host = (s for s in site.segments.values() if any(h.name == host for h in site.hosts_of(s.name)))
        return tuple(bridge_ifname(site.name, s.name) for s in at_host if self.room(s.name, host) == node)

    def room(self, segment: str, host: str) -> str:
        """Name the node among whose links the bridge of `segment` on `host` is: the host, or an annex of it."""
        annex = self.site.segments[segment].annex(host)
        return annex.name if annex else host

    def mac(self, stand: Stand) -> str:
        """Return the MAC of the interface at `stand`: read there, else the declared or derived one."""
        key = (stand.node, stand.ifname)
        if key not in self._macs:
            if stand.node in self.vantages:
                self._macs[key] = self.vantages[stand.node].mac(stand.ifname)
            else:
                self._macs[key] = self._declared_mac(stand)
        return self._macs[key]

    def mac_at(self, spot: Spot) -> str:
        """Return the MAC of the interface at `spot`, of an endpoint or station."""
        return self.mac(Stand(spot.node, spot.where, "", ()))

    def ifindex(self, spot: Spot) -> int:
        """Return the index of the interface at `spot`, in its own namespace."""
        if spot not in self._ifindexes:
            self._ifindexes[spot] = self.vantage(spot.node).ifindex(spot.where)
        return self._ifindexes[spot]

    def _declared_mac(self, stand: Stand) -> str:
        if stand.node in self.site.endpoints:
            return self.site.endpoints[stand.node].mac
        if stand.node not in self.site.stations:
            raise CannotError(absent(stand.node))
        nic = self.site.stations[stand.node].nic(stand.ifname)
        return nic.mac or derived_mac(self.site.name, f"{stand.node}/{stand.ifname}", "nic")

    def bridge_mac(self, way: Way) -> str:
        """Return the MAC of the bridge at the end of `way`: the real one where it can be read, else the derived one."""
        ifname = bridge_ifname(self.site.name, way.stand.segment)
        key = (way.host, ifname)
        if key not in self._macs:
            vantage = self.vantages.get(self.room(way.stand.segment, way.host))
            there = vantage is not None and ifname in vantage.links()
            real = vantage.mac(ifname) if vantage and there else None
            self._macs[key] = real or self._derived_bridge_mac(way)
        return self._macs[key]

    def _derived_bridge_mac(self, way: Way) -> str:
        gateway = self.site.segments[way.stand.segment].gateway
        if gateway and way.host in gateway.hosts:
            return gateway_mac(self.site.name, way.stand.segment)
        return bridge_mac(self.site.name, way.stand.segment, way.host)

    def bridge_link_local(self, way: Way) -> IPv6Address:
        """Return the link-local address that the kernel gives the bridge at the end of `way`."""
        return link_local_of(self.bridge_mac(way))

    def innocent(self, stand: Stand) -> frozenset[Spot]:
        """Return the spots that share the Ethernet of `stand`: what is flooded there is no breach."""
        if stand.segment not in self._ethernets:
            self._ethernets[stand.segment] = ethernet_of(self.site, stand.segment)
        return self._ethernets[stand.segment]

    def source(self, stand: Stand, family: str) -> Address:
        """Return a true source address of `stand`; where it has none of `family`, its link-local or 0.0.0.0."""
        own = stand.addresses(family)
        if own:
            return own[0]
        return link_local_of(self.mac(stand)) if family == "ipv6" else IPv4Address(0)

    def source_to(self, to: str, stand: Stand, family: str) -> Address:
        """Return a source from which `stand` can reach `to`, a host or what lies behind one: its own if that will do.

        A host takes nothing from 0.0.0.0 or from an address of its own, and forwards nothing from a link-local one: who
        has no other address of `family` takes one that nobody has, as root in an endpoint may.
        """
        to_host = to in self.site.hosts
        own = next((a for a in stand.addresses(family) if a not in self._of_hosts and (to_host or not _stays(a))), None)
        if own is None and family == "ipv6" and to_host:
            return link_local_of(self.mac(stand))
        return own or STRANGER[family]

    def frame(self, stand: Stand, dst_mac: str, packet: Callable[[bytes], bytes], *, family: str) -> RawFrame:
        """Return a frame from the true MAC of `stand` to `dst_mac` with the IP packet that `packet` writes."""
        head = header(dst_mac, self.mac(stand), IPV6 if family == "ipv6" else IPV4)
        return RawFrame(lambda token: in_ethernet(head, packet(token)))

    def port(self, endpoint: str) -> str:
        """Return the name of the host's end of an endpoint's attachment."""
        return self.site.endpoints[endpoint].ifname or port_ifname(self.site.name, endpoint)

    def victim(self, claim_from: str, to: Stand) -> Stand:
        """Return the member whose identity `claim_from` forges towards `to`: another one, or one that nobody has."""
        ring = members(self.site, to.segment)
        at = ring.index(to)
        others = [m for m in (*ring[at + 1 :], *ring[:at]) if m.node not in (claim_from, to.node)]
        return self.reserved(to) if self.live or not others else others[0]

    def reserved(self, near: Stand) -> Stand:
        """Return an identity on the segment of `near` that nobody bears: unused addresses, and no node."""
        for interface in near.interfaces:
            if interface not in self._reserved:
                self._reserved[interface] = self._unused(interface)
        return Stand("", "", near.segment, tuple(self._reserved[i] for i in near.interfaces))

    def victim_mac(self, victim: Stand) -> str:
        """Return the MAC of a victim; that of nobody is derived."""
        return self.mac(victim) if victim.node else derived_mac(self.site.name, victim.segment, "reserved")

    def victim_address(self, victim: Stand, to: Stand, family: str) -> Address:
        """Return an address of `victim` in `family`, or, where it has none, an unused one beside those of `to`."""
        own = victim.addresses(family)
        return own[0] if own else self.reserved(to).addresses(family)[0]

    def _unused(self, near: Interface) -> Interface:
        """Return the highest address in the subnet of `near` that the site does not use; beside it in a full one."""
        net = near.network
        top, bottom = int(net.broadcast_address) - 1, int(net.network_address)
        free = (near.ip.__class__(n) for n in range(top, bottom, -1))
        found = next((a for a in free if a not in self._used), near.ip + 1)
        return near.__class__(f"{found}/{net.prefixlen}")

    @cached_property
    def _of_hosts(self) -> frozenset[Address]:
        """Every address of a host."""
        return frozenset(a.ip for host in self.site.hosts.values() for a in host.addresses)

    @cached_property
    def _used(self) -> frozenset[Address]:
        """Every address that is spoken for: borne, or expected of a gateway."""
        nodes = (*self.site.hosts.values(), *self.site.stations.values())
        owners: tuple[Nic | Endpoint, ...] = (*(n for node in nodes for n in node.nics), *self.site.endpoints.values())
        declared = (a for o in owners for a in (*(i.ip for i in o.addresses), *o.gateways))
        return frozenset((*self._spoken_for, *declared))


def absent(node: str) -> str:
    """Say of `node` that nothing can be watched there."""
    return f"{node}: its namespace is not here"


def _stays(address: Address) -> bool:
    """Tell whether no router passes on what comes from `address`."""
    return address.version == 6 and address.is_link_local
