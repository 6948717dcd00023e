"""Layer 2: what uplinks join, and what they must not."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from netproof.declared.document import Path
from netproof.errors import Problem
from netproof.isolation.choice import methods
from netproof.site.checks.sheet import Joined, Sheet, UplinkAt, joined_segments
from netproof.values.naming import endpoint_mac


def uplinks(sheet: Sheet) -> Iterator[Problem]:
    """An uplink NIC has no addresses of its own, and is bridged into one segment only, or each VLAN of it into one."""
    first: dict[tuple[str, str, int | None], UplinkAt] = {}
    ways: dict[tuple[str, str], UplinkAt] = {}
    for uplink in sheet.uplinks:
        other = ways.setdefault((uplink.host, uplink.nic), uplink)
        if other is uplink:
            yield from _addressed(sheet, uplink)
        before = first.setdefault((uplink.host, uplink.nic, uplink.domain[1]), uplink)
        if before is not uplink:
            vlan = f"VLAN {uplink.domain[1]} of " if uplink.domain[1] is not None else ""
            what = f'{vlan}{uplink.host}.{uplink.nic} is already an uplink of segment "{before.segment}"'
            yield sheet.twice(uplink.path, what, before.path, f"a {'VLAN' if vlan else 'NIC'} is bridged once")
        if (other.domain[1] is None) != (uplink.domain[1] is None):
            what = f"{uplink.host}.{uplink.nic} is bridged as a whole and by VLAN"
            yield sheet.twice(uplink.path, what, other.path, "write a vid at each of its uplinks, or have only one")


def _addressed(sheet: Sheet, uplink: UplinkAt) -> Iterator[Problem]:
    nic = sheet.links[uplink.host, uplink.nic]
    for key in (key for key in ("addresses", "gateway") if getattr(nic.written, key)):
        at = sheet.document.line(uplink.path)
        advice = "a bridged NIC has none; give them to another NIC, or take the uplink away"
        message = f'the NIC is an uplink of segment "{uplink.segment}" ({at}); {advice}'
        yield sheet.document.problem((*nic.path, key), message)


def access_ports(sheet: Sheet) -> Iterator[Problem]:
    """A NIC that is on one VLAN of its network is a station's: hosts see the tags."""
    for link in sheet.links.values():
        if link.written.vid is not None and link.node in sheet.written.hosts:
            message = "only a station is on one VLAN of a network; of a host write it at an uplink, {nic: …, vid: …}"
            yield sheet.document.problem((*link.path, "vid"), message)


def _bridge(sheet: Sheet, segment: str, host: str) -> Hashable:
    """Return what stands for the segment's bridge on `host`; VXLAN makes them all one."""
    return ("bridge", segment, "" if sheet.written.segments[segment].vni is not None else host)


def loops(sheet: Sheet) -> Iterator[Problem]:
    """No two ways lead from one Ethernet to another: frames would circle."""
    joined = Joined()
    seen: dict[tuple[Hashable, Hashable], UplinkAt] = {}
    hosts: dict[str, UplinkAt] = {}
    for uplink in sheet.uplinks:
        bridge = _bridge(sheet, uplink.segment, uplink.host)
        before = seen.setdefault((bridge, uplink.domain), uplink)
        stretched = sheet.written.segments[uplink.segment].vni is not None
        other = hosts.setdefault(uplink.segment, uplink)
        if before is not uplink:
            if (before.host, before.nic) != (uplink.host, uplink.nic):
                what = f'a second uplink of segment "{uplink.segment}" into {_network(uplink)} is an L2 loop'
                yield sheet.twice(uplink.path, what, before.path, "take one away")
        elif stretched and other.host != uplink.host:
            what = f'segment "{uplink.segment}" has a VNI, and uplinks on two hosts are an L2 loop'
            yield sheet.twice(uplink.path, what, other.path, "take one away")
        elif not joined.join(bridge, uplink.domain):
            ends = f'{_network(uplink)} and segment "{uplink.segment}"'
            message = f"{uplink.host}.{uplink.nic} closes an L2 loop: other uplinks join {ends} already"
            yield sheet.document.problem(uplink.path, message)


def _network(uplink: UplinkAt) -> str:
    network, vid = uplink.domain
    return f'network "{network}"' if vid is None else f'VLAN {vid} of network "{network}"'


def one_segment(sheet: Sheet) -> Iterator[Problem]:
    """Endpoints of one segment on two hosts have a way to each other: a VNI, or uplinks into a common network."""
    joined = Joined()
    for uplink in sheet.uplinks:
        joined.join((uplink.segment, uplink.host), (uplink.segment, uplink.domain))
    unresolved = _segments_with_unresolved_uplinks(sheet)
    on_host: dict[tuple[str | None, str], Path] = {}
    for name, endpoint in sheet.written.endpoints.items():
        on_host.setdefault((endpoint.segment, endpoint.host), ("endpoints", name, "host"))
    for name, written in sheet.written.segments.items():
        for i, host in enumerate(written.gateway.hosts if written.gateway else ()):
            on_host.setdefault((name, host), ("segments", name, "gateway", "hosts", i))
    first: dict[str, str] = {}
    for (segment, host), path in on_host.items():
        if segment not in sheet.written.segments or host not in sheet.written.hosts or segment in unresolved:
            continue
        other = first.setdefault(segment, host)
        stretched = sheet.written.segments[segment].vni is not None
        if not stretched and joined.of((segment, host)) != joined.of((segment, other)):
            what = "endpoints" if path[0] == "endpoints" else "endpoints or gateway"
            message = f'segment "{segment}" has {what} on {other} and {host} but nothing joins them'
            yield sheet.document.problem(path, f"{message}; give it uplinks of both into one network, or a vni")


def _segments_with_unresolved_uplinks(sheet: Sheet) -> set[str]:
    """Name the segments some of whose uplinks name nothing sound: what they join cannot be judged."""
    resolved: dict[str, int] = {}
    for uplink in sheet.uplinks:
        resolved[uplink.segment] = resolved.get(uplink.segment, 0) + 1
    return {name for name, s in sheet.written.segments.items() if len(s.uplinks) != resolved.get(name, 0)}


def macs(sheet: Sheet) -> Iterator[Problem]:
    """A MAC is used once in each Ethernet."""
    joined = joined_segments(sheet)
    of_segment = {name: joined.of(("segment", name)) for name in sheet.written.segments}
    first: dict[tuple[Hashable, str], str] = {}
    site = sheet.written.site
    for name, endpoint in sheet.written.endpoints.items():
        if endpoint.segment not in of_segment:
            continue
        mac = endpoint.mac or endpoint_mac(site, name)
        before = first.setdefault((of_segment[endpoint.segment], mac), name)
        if before is not name:
            what = f"the MAC {mac} is used twice in one Ethernet"
            yield sheet.twice(("endpoints", name, "mac"), what, ("endpoints", before, "mac"))


def isolation(sheet: Sheet) -> Iterator[Problem]:
    """A list of isolation methods names each once, neither auto nor none, nor what drops what a guard lets pass."""
    for name, segment in sheet.written.segments.items():
        path = ("segments", name, "isolation")
        if not segment.isolation:
            yield sheet.document.problem(path, "the list is empty; write none to leave the segment open")
        for i, method in enumerate(segment.isolation):
            if method in segment.isolation[:i]:
                yield sheet.document.problem((*path, i), f'"{method}" stands in the list twice')
            elif method in ("auto", "none") and len(segment.isolation) > 1:
                yield sheet.document.problem((*path, i), f'"{method}" stands alone, not in a list with others')
            for endpoint in _untagged_by(sheet, name, method):
                what = f'"{method}" would drop the tagged frames that "{endpoint}" may send; take it out of the list'
                yield sheet.document.problem((*path, i), f"{what}, or guard that endpoint's vlan")


def annexes(sheet: Sheet) -> Iterator[Problem]:
    """A bridge that is away from its host's other links has none of them on it; only there is a rule for it first."""
    for name, segment in sheet.written.segments.items():
        path = ("segments", name, "isolation")
        if "rule-blackhole" in segment.isolation and "namespace" not in segment.isolation:
            message = '"rule-blackhole" closes a bridge in a namespace of its own only; expected "namespace" beside it'
            yield sheet.document.problem((*path, segment.isolation.index("rule-blackhole")), message)
        if segment.uplinks and "namespace" in segment.isolation:
            message = f'"namespace" takes the bridge away from its host\'s other links, and "{name}" has uplinks'
            at = (*path, segment.isolation.index("namespace"))
            yield sheet.document.problem(at, f"{message}; choose another method, or auto")


def _untagged_by(sheet: Sheet, segment: str, method: str) -> Iterator[str]:
    """Yield the endpoints of `segment` that may send tags which an isolation method would drop."""
    known = methods().get(method)
    for name, endpoint in sheet.written.endpoints.items() if known and not known.spares_tags else ():
        if endpoint.segment == segment and endpoint.guard is not None and endpoint.guard.vlan is False:
            yield name
