"""VNIs, VTEPs and the fabric's control plane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netproof.declared.document import Path
from netproof.declared.overlay import Multicast
from netproof.declared.text import MIN_MTU, MIN_MTU_IPV6, meant
from netproof.errors import Problem
from netproof.overlays.overhead import overhead
from netproof.site.checks.sheet import Link, Sheet
from netproof.values.address import FAMILIES, Address, Family, family_of


def vnis(sheet: Sheet) -> Iterator[Problem]:
    """A VNI is one segment's, and what belongs to an overlay stands with a VNI."""
    first: dict[int, str] = {}
    for name, segment in sheet.written.segments.items():
        path = ("segments", name)
        for key in () if segment.vni else ("overlay", "udp_port"):
            if getattr(segment, key) is not None:
                message = "a segment without a vni has no overlay; add `vni`, or take this away"
                yield sheet.document.problem((*path, key), message, key=True)
        if segment.vni is not None and (other := first.setdefault(segment.vni, name)) != name:
            what = f'VNI {segment.vni} is also used by segment "{other}"'
            yield sheet.twice((*path, "vni"), what, ("segments", other, "vni"))
        strategy = segment.overlay.strategy if segment.overlay else None
        if strategy == "static-l3" and segment.uplinks:
            message = "static-l3 knows declared endpoints only, and none of the stations behind an uplink"
            yield sheet.document.problem((*path, "overlay"), f"{message}; choose another strategy")
        if strategy == "evpn" and sheet.document.tree.value.get("bgp") is None:
            yield sheet.document.problem((*path, "overlay"), "evpn needs the site's `bgp: {asn: …}`")


Vteps = dict[Family, tuple[Address, Link]]
"""A host's VTEP in each family, with the NIC that bears it."""


def vteps(sheet: Sheet) -> Iterator[Problem]:
    """A VTEP is an address of its host, those of one segment are of one family and differ, and they carry enough."""
    found: dict[str, Vteps] = {}
    for name, host in sheet.written.hosts.items():
        if host.vtep is not None:
            found[name] = _vteps(sheet, name, host.vtep)
            if not found[name]:
                del found[name]
                yield from _no_vtep(sheet, ("hosts", name, "vtep"), name, host.vtep)
    for name, hosts in sheet.bridges.items():
        if sheet.written.segments[name].vni is not None:
            yield from _segment_vteps(sheet, name, hosts, found)


def _vteps(sheet: Sheet, host: str, vtep: str) -> Vteps:
    """Return what `vtep` means: the address itself, or that of the NIC in each family in which it has just one."""
    found = [
        (address.ip, link)
        for link in sheet.links_of(host)
        for address in link.written.addresses
        if vtep in (link.name, str(address.ip)) and not address.is_link_local
    ]
    families = [family_of(address) for address, _ in found]
    return {family_of(a): (a, link) for a, link in found if families.count(family_of(a)) == 1}


def _no_vtep(sheet: Sheet, path: Path, host: str, vtep: str) -> Iterator[Problem]:
    nics = [link.name for link in sheet.links_of(host)]
    if vtep in nics:
        yield sheet.document.problem(path, f"{vtep} has not exactly one address of a family; write the address itself")
    else:
        known = [*nics, *(str(a.ip) for link in sheet.links_of(host) for a in link.written.addresses)]
        yield sheet.document.problem(path, f'"{vtep}" is neither a NIC nor an address of {host}{meant(vtep, known)}')


def _segment_vteps(
    sheet: Sheet, segment: str, hosts: Mapping[str, Path], found: Mapping[str, Vteps]
) -> Iterator[Problem]:
    overlay = sheet.written.segments[segment].overlay
    common = [family_of(overlay.group)] if isinstance(overlay, Multicast) else list(FAMILIES)
    for host, path in hosts.items():
        if sheet.written.hosts[host].vtep is None:
            yield sheet.document.problem(path, f'segment "{segment}" has a VNI, but {host} has no "vtep"')
        elif common and not (common := [family for family in common if family in found.get(host, common)]):
            message = f'the VTEPs of segment "{segment}" have no address family in common; {host} breaks it'
            if isinstance(overlay, Multicast):
                message = f'segment "{segment}" has the group {overlay.group}, and {host} no VTEP of its family'
            yield sheet.document.problem(("hosts", host, "vtep"), message)
    if common and all(host in found for host in hosts):
        used = {host: found[host][common[0]] for host in hosts}
        yield from _told_apart(sheet, segment, used)
        yield from _carry_enough(sheet, segment, common[0], used)
        if isinstance(overlay, Multicast):
            yield from _reached_by_multicast(sheet, segment, overlay, used)


def _told_apart(sheet: Sheet, segment: str, used: Mapping[str, tuple[Address, Link]]) -> Iterator[Problem]:
    first: dict[Address, str] = {}
    for host, (address, _) in used.items():
        if (other := first.setdefault(address, host)) != host:
            what = f'{address} is the VTEP of {other} too, and both are in segment "{segment}"'
            yield sheet.twice(("hosts", host, "vtep"), what, ("hosts", other, "vtep"))


def _reached_by_multicast(
    sheet: Sheet, segment: str, overlay: Multicast, used: Mapping[str, tuple[Address, Link]]
) -> Iterator[Problem]:
    """With a ttl of 1 nothing leaves its network; with more, the author says that routers pass it on."""
    networks = list(dict.fromkeys(link.network for _, link in used.values()))
    if len(networks) > 1 and overlay.ttl == 1:
        message = f"a multicast packet with ttl 1 does not get from network {networks[0]} to {networks[1]}"
        advice = "give `ttl` if routers between them pass multicast, else flood"
        yield sheet.document.problem(("segments", segment, "overlay"), f"{message}; {advice}")


def groups(sheet: Sheet) -> Iterator[Problem]:
    """A multicast group is one segment's: in a common one every VTEP would get what is for any."""
    first: dict[Address, str] = {}
    for name, segment in sheet.written.segments.items():
        if isinstance(segment.overlay, Multicast):
            group = segment.overlay.group
            if (other := first.setdefault(group, name)) != name:
                path = ("segments", name, "overlay", "group")
                what = f'the group {group} is also used by segment "{other}"'
                yield sheet.twice(path, what, ("segments", other, "overlay", "group"))


def _carry_enough(
    sheet: Sheet, segment: str, family: Family, used: Mapping[str, tuple[Address, Link]]
) -> Iterator[Problem]:
    """What VXLAN leaves of the underlay's packets is enough for the segment's families."""
    endpoints = [e for e in sheet.written.endpoints.values() if e.segment == segment]
    tagged = any(e.guard is not None and e.guard.vlan is False for e in endpoints)
    addresses = [a for e in endpoints for a in e.addresses if not isinstance(a, str)]
    has_ipv6 = any(a.version == 6 for a in (*sheet.written.segments[segment].subnets, *addresses))
    least = (MIN_MTU_IPV6 if has_ipv6 else MIN_MTU) + overhead(family, tagged=tagged)
    for path, mtu in dict(_mtus(sheet, used)).items():
        if mtu < least:
            message = f'packets of {mtu} bytes are too small to carry segment "{segment}" in VXLAN'
            yield sheet.document.problem(path, f"{message}; expected {least} or more")


def _mtus(sheet: Sheet, used: Mapping[str, tuple[Address, Link]]) -> Iterator[tuple[Path, int]]:
    """Yield every declared limit of the packets between the VTEPs, with its place."""
    for _, link in used.values():
        if link.network in sheet.written.networks:
            yield ("networks", link.network, "mtu"), sheet.written.networks[link.network].mtu
        if link.written.mtu is not None:
            yield (*link.path, "mtu"), link.written.mtu


def reflectors(sheet: Sheet) -> Iterator[Problem]:
    """A route reflector is on a managed host, or has an address."""
    for name, reflector in (sheet.written.bgp.route_reflectors if sheet.written.bgp else {}).items():
        path = ("bgp", "route_reflectors", name)
        if (reflector.host is None) == (reflector.address is None):
            yield sheet.document.problem(path, 'a route reflector has a "host" or an "address", one of the two')
        if reflector.host is not None:
            yield from sheet.unknown((*path, "host"), reflector.host, "hosts")
