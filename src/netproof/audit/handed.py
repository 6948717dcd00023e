"""What a device hands to the IP stack of its host: a packet's walk from a bridge port or a tunnel into the host.

A frame for the host leaves the bridge's port, passes family bridge's input hook, becomes a frame received by the bridge
device (or is received by a device that is no port), passes that device's tc and netdev ingress, and then IP's
prerouting and input. Whoever drops it surely on that way closes it; the ingress of the device is before all of IP.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netproof.audit.check import set_sysctl
from netproof.audit.matches import Packet
from netproof.audit.mending import nft
from netproof.audit.ruleset import at_hook, surely_drops
from netproof.state.facts import Facts, Link
from netproof.values.address import link_local_of

_FAMILIES: Final = {"ip": ("ip", "inet"), "ip6": ("ip6", "inet")}


def handed(facts: Facts, device: Link) -> Iterator[str]:
    """Yield what a device without addresses hands to its host that may reach somebody there: arp, ip, ip6."""
    elsewhere = any(facts.lasting(link.ifname, "ipv4") for link in facts.links)
    answers_arp = "NOARP" not in device.flags and not facts.strongest(device.ifname, "arp_ignore")
    if elsewhere and answers_arp and hands(facts, device, {"protocol": "arp"}):
        yield "arp"
    if elsewhere and not facts.strongest(device.ifname, "rp_filter") and hands(facts, device, {"protocol": "ip"}):
        yield "ip"
    off = f"net/ipv6/conf/{device.ifname}/disable_ipv6"
    if off in facts.sysctls and not facts.sysctl(off) and hands(facts, device, {"protocol": "ip6"}):
        yield "ip6"


def hands(facts: Facts, device: Link, packet: Packet) -> bool:
    """Say whether a device may hand such a packet, of a ``protocol``, to the IP stack of its host."""
    if not device.is_up or device.master or _closed_below(facts, device):
        return False
    protocol, packet = packet["protocol"], {**packet, "iifname": device.ifname}
    ingress = [c for c in at_hook(facts.nft, ["netdev"], "ingress") if device.ifname in c.devices]
    families = _FAMILIES.get(protocol, ())
    before = at_hook(facts.nft, families, "prerouting")
    forwards = facts.sysctl(f"net/{'ipv6' if protocol == 'ip6' else 'ipv4'}/conf/{device.ifname}/forwarding")
    own = () if forwards else at_hook(facts.nft, families, "input")
    if any(surely_drops(facts.nft, chain, packet) for chain in (*ingress, *before, *own)):
        return False
    ports = facts.ports(device.ifname)
    return not ports or any(not _dropped_at_port(facts, device, port, packet) for port in ports)


def has_address(facts: Facts, device: Link) -> bool:
    """Say whether somebody gave a device an address; the link-local one that the kernel makes of its MAC is none."""
    kernels = link_local_of(device.mac) if device.mac else None
    own = (a.interface.ip for a in facts.addresses if a.ifname == device.ifname)
    return any(ip != kernels for ip in own)


def closed(facts: Facts, device: Link) -> tuple[str, ...]:
    """Return the command that keeps from the host what a device receives.

    Before a drop at its ingress come also those who use links made upon it, VLANs say: there settings must do.
    """
    name = device.ifname
    if any(link.lower == name and link.kind != "veth" for link in facts.links):
        wanted = ("ipv4/conf/{}/arp_ignore=1", "ipv4/conf/{}/rp_filter=1", "ipv6/conf/{}/disable_ipv6=1")
        return set_sysctl(*(f"net/{setting.format(name)}" for setting in wanted))
    table = f"netdev isolate-{name}"
    hook = f'{{ type filter hook ingress device "{name}" priority 0; policy drop; }}'
    return nft(name, f"add table {table}; add chain {table} ingress {hook}")


def _closed_below(facts: Facts, device: Link) -> bool:
    """Say whether a filter of no protocol closes it: tc, or VLANs that the bridge itself is not in.

    What comes up with a tag is for links made upon the bridge.
    """
    if device.ifname in facts.tc_drops:
        return True
    filters = device.kind == "bridge" and device.data.get("vlan_filtering")
    own = {vid for vid, is_untagged in facts.vlans.get(device.ifname, {}).items() if is_untagged}
    return bool(filters) and all(own.isdisjoint(facts.vlans.get(p.ifname, {})) for p in facts.ports(device.ifname))


def _dropped_at_port(facts: Facts, bridge: Link, port: Link, packet: Packet) -> bool:
    frame = {**packet, "iifname": port.ifname, "ibrname": bridge.ifname}
    return any(surely_drops(facts.nft, c, frame) for c in at_hook(facts.nft, ["bridge"], "input"))
