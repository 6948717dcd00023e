"""A site drawn in text: every network, host and segment with what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import Host, Station
from netproof.site.policy import PolicyLine
from netproof.site.segments import Segment


def drawing(site: Site) -> Iterator[str]:
    """Yield the lines of the drawing."""
    for network in site.networks.values():
        yield f"{network.name}  {_words(network.subnets)}"
        yield from _tree([*_stations(site, network.name), *_plugged(site, network.name)])
    for host in site.hosts.values():
        yield f"{host.name}  {'routes for others' if host.forward else 'host'}"
        yield from _tree(_inside(site, host))
    if site.policy:
        yield "policy  the first line that matches counts"
        yield from _tree(map(_line, site.policy))


def _stations(site: Site, network: str) -> Iterator[str]:
    for station in site.stations_on(network):
        for nic in station.nics:
            if nic.network == network:
                yield f"{station.name}  {_words(nic.addresses)}"


def _plugged(site: Site, network: str) -> Iterator[str]:
    for host in site.hosts.values():
        for nic in host.nics:
            if nic.network == network:
                yield f"{host.name} {nic.name}"


def _inside(site: Site, host: Host) -> Iterator[str]:
    bridged = {u.nic: s for s in site.segments.values() for u in s.uplinks if u.host == host.name}
    for nic in host.nics:
        use = f"bridged into {bridged[nic.name].name}" if nic.name in bridged else _words(nic.addresses)
        apart = f"  isolated: table {nic.isolated.table}" if nic.isolated else ""
        yield f"{nic.name} ── {nic.network}  {use}{apart}"
    for segment in site.segments.values():
        if host in site.hosts_of(segment.name):
            yield _segment(segment)
            yield from ("  " + line for line in _tree(_around(site, segment, host)))


def _segment(segment: Segment) -> str:
    return f"segment {segment.name}  isolation {', '.join(segment.isolation)}{'  private' if segment.private else ''}"


def _around(site: Site, segment: Segment, host: Host) -> Iterator[str]:
    yield from _members(site, segment, host)
    if segment.overlay:
        vteps = site.vteps_of(segment.name)
        others = [str(vtep) for name, vtep in vteps.items() if name != host.name]
        yield f"VNI {segment.vni}, {segment.overlay.strategy}: {vteps[host.name]} ══ {_words(others)}"
    if segment.gateway and host.name in segment.gateway.hosts:
        out = f"  NAT by {segment.gateway.nat}" if segment.gateway.nat else ""
        yield f"gateway  {_words(segment.gateway.addresses)}{out}"


def _line(line: PolicyLine) -> str:
    who, whom = (", ".join(map(str, selectors)) for selectors in (line.from_, line.to))
    return f"{who} → {whom}  {'allow' if line.allow else 'deny'} {', '.join(map(str, line.traffic))}"


def _members(site: Site, segment: Segment, host: Host) -> Iterator[str]:
    members: Iterable[Endpoint | Station] = site.members(segment.name)
    for member in members:
        if isinstance(member, Endpoint) and member.host == host.name:
            yield f"{member.name}  {_words(member.addresses)}"
    for uplink in segment.uplinks:
        if uplink.host == host.name:
            yield f"{uplink.nic} ── {host.nic(uplink.nic).network}"


def _tree(lines: Iterable[str]) -> Iterator[str]:
    rows = list(lines)
    last = max((i for i, row in enumerate(rows) if not row.startswith("  ")), default=0)
    for i, row in enumerate(rows):
        if row.startswith("  "):
            yield ("  │ " if i < last else "    ") + row[2:]
        else:
            yield ("  └ " if i == last else "  ├ ") + row


def _words(values: Iterable[object]) -> str:
    return "  ".join(map(str, values))
