"""VNIs, VTEPs and the fabric's control plane."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.declared.overlay import Multicast
from netproof.declared.text import meant
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet
from netproof.values.address import FAMILIES, Family, family_of


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
        if strategy == "evpn" and sheet.document.tree.value.get("bgp") is None:
            yield sheet.document.problem((*path, "overlay"), "evpn needs the site's `bgp: {asn: …}`")


def vteps(sheet: Sheet) -> Iterator[Problem]:
    """A VTEP is an address of its host, and those of one segment have a family in common."""
    families: dict[str, set[Family]] = {}
    for name, host in sheet.written.hosts.items():
        if host.vtep is not None:
            families[name] = _families(sheet, name, host.vtep)
            if not families[name]:
                del families[name]
                yield from _no_vtep(sheet, ("hosts", name, "vtep"), name, host.vtep)
    for name, segment in sheet.written.segments.items():
        if segment.vni is not None:
            wanted = {family_of(segment.overlay.group)} if isinstance(segment.overlay, Multicast) else set(FAMILIES)
            yield from _segment_vteps(sheet, name, families, wanted)


def _families(sheet: Sheet, host: str, vtep: str) -> set[Family]:
    """Return the families in which `vtep` is exactly one address of `host`."""
    found = [
        address
        for link in sheet.links_of(host)
        for address in link.written.addresses
        if vtep in (link.name, str(address.ip)) and not address.is_link_local
    ]
    counts = [family_of(address) for address in found]
    return {family for family in counts if counts.count(family) == 1}


def _no_vtep(sheet: Sheet, path: Path, host: str, vtep: str) -> Iterator[Problem]:
    nics = [link.name for link in sheet.links_of(host)]
    if vtep in nics:
        yield sheet.document.problem(path, f"{vtep} has not exactly one address of a family; write the address itself")
    else:
        known = [*nics, *(str(a.ip) for link in sheet.links_of(host) for a in link.written.addresses)]
        yield sheet.document.problem(path, f'"{vtep}" is neither a NIC nor an address of {host}{meant(vtep, known)}')


def _segment_vteps(
    sheet: Sheet, segment: str, families: dict[str, set[Family]], wanted: set[Family]
) -> Iterator[Problem]:
    common = set(wanted)
    told: set[str] = set()
    for name, endpoint in sheet.written.endpoints.items():
        host = sheet.written.hosts.get(endpoint.host)
        if endpoint.segment != segment or host is None or endpoint.host in told:
            continue
        told.add(endpoint.host)
        if host.vtep is None:
            message = f'segment "{segment}" has a VNI, but {endpoint.host} has no "vtep"'
            yield sheet.document.problem(("endpoints", name, "host"), message)
        elif common and not (common := common & families.get(endpoint.host, common)):
            message = f'the VTEPs of segment "{segment}" have no address family in common; {endpoint.host} breaks it'
            yield sheet.document.problem(("hosts", endpoint.host, "vtep"), message)


def reflectors(sheet: Sheet) -> Iterator[Problem]:
    """A route reflector is on a managed host, or has an address."""
    for name, reflector in (sheet.written.bgp.route_reflectors if sheet.written.bgp else {}).items():
        path = ("bgp", "route_reflectors", name)
        if (reflector.host is None) == (reflector.address is None):
            yield sheet.document.problem(path, 'a route reflector has a "host" or an "address", one of the two')
        if reflector.host is not None:
            yield from sheet.unknown((*path, "host"), reflector.host, "hosts")
