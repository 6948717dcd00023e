"""The written site laid out for checking: names looked up, links of hosts and stations seen alike, uplinks resolved."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from netproof.declared import nodes
from netproof.declared.document import Document, Path
from netproof.declared.sitefile import SiteFile
from netproof.declared.text import listed, meant, nearest
from netproof.errors import Problem

KIND = {
    "networks": "network",
    "hosts": "host",
    "stations": "station",
    "segments": "segment",
    "endpoints": "endpoint",
    "services": "service",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A NIC of a host or station; `path` is where its keys stand (the station itself in the short form)."""

    node: str
    name: str
    path: Path
    written: nodes.Nic | nodes.Station
    network: str

    @property
    def domain(self) -> tuple[str, int | None]:
        """The L2 network that it is on: network, and VID where it is on one VLAN of that."""
        return (self.network, self.written.vid)


@dataclass(frozen=True, slots=True)
class UplinkAt:
    """An uplink whose NIC exists; `domain` is the L2 network that it reaches: network, and VID on a trunk."""

    segment: str
    host: str
    nic: str
    path: Path
    domain: tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document with what several checks need; `links` by (node, NIC).

    `bridges` tells, by segment and host, what puts a bridge of the segment there: an uplink, an endpoint, a gateway.
    """

    document: Document
    sections: Mapping[str, str]
    links: Mapping[tuple[str, str], Link]
    uplinks: tuple[UplinkAt, ...]
    bridges: Mapping[str, Mapping[str, Path]]

    @property
    def written(self) -> SiteFile:
        """The sound part of the file."""
        return self.document.written

    def links_of(self, node: str) -> Iterator[Link]:
        """Yield the NICs of a host or station."""
        return (link for link in self.links.values() if link.node == node)

    def unknown(self, path: Path, word: str, *wanted: str) -> Iterator[Problem]:
        """Yield a problem if `word` names nothing in the sections `wanted`."""
        section = self.sections.get(word)
        if section in wanted or any(self.unreadable(w) for w in wanted):
            return
        kinds = listed(KIND[w] for w in wanted)
        if section is not None:
            at = self.document.line((section, word))
            yield self.document.problem(path, f'"{word}" is a {KIND[section]} ({at}); expected a {kinds}')
        else:
            known = [name for name, of in self.sections.items() if of in wanted]
            hint = nearest(word, known) or (f"; declared: {', '.join(known)}" if 0 < len(known) <= 20 else "")
            yield self.document.problem(path, f'no {kinds} is named "{word}"{hint}')

    def unreadable(self, section: str) -> bool:
        """Whether the section was so wrong that nobody knows what it names."""
        return not isinstance(self.document.tree.value.get(section) or {}, dict)

    def unknown_nic(self, path: Path, node: str, nic: str) -> Iterator[Problem]:
        """Yield a problem if the sound host or station `node` has no NIC `nic`."""
        if (node, nic) not in self.links:
            known = [link.name for link in self.links_of(node)]
            yield self.document.problem(path, f'{node} has no NIC "{nic}"{meant(nic, known)}')

    def twice(self, path: Path, what: str, first: Path, advice: str = "choose another") -> Problem:
        """Return the problem that `what` stands at `path` though it was used at `first`."""
        return self.document.problem(path, f"{what} (first at {self.document.line(first)}); {advice}")


def sheet_of(document: Document) -> Sheet:
    """Lay out `document`."""
    sections: dict[str, str] = {}
    for section, name in document.names():
        sections.setdefault(name, section)
    links = {(link.node, link.name): link for link in _links(document.written)}
    uplinks = tuple(_uplinks(document.written, links))
    return Sheet(document, sections, links, uplinks, _bridges(document.written, uplinks))


def _links(written: SiteFile) -> Iterator[Link]:
    for name, host in written.hosts.items():
        for nic, shape in host.nics.items():
            yield Link(name, nic, ("hosts", name, "nics", nic), shape, shape.network)
    for name, station in written.stations.items():
        for nic, shape in (station.nics or {}).items():
            yield Link(name, nic, ("stations", name, "nics", nic), shape, shape.network)
        if station.network is not None and station.nics is None:
            yield Link(name, "eth0", ("stations", name), station, station.network)


def _uplinks(written: SiteFile, links: Mapping[tuple[str, str], Link]) -> Iterator[UplinkAt]:
    for name, segment in written.segments.items():
        for i, uplink in enumerate(segment.uplinks):
            host, _, nic = uplink.nic.partition(".")
            link = links.get((host, nic))
            if link is not None and host in written.hosts:
                yield UplinkAt(name, host, nic, ("segments", name, "uplinks", i), (link.network, uplink.vid))


def _bridges(written: SiteFile, uplinks: Iterable[UplinkAt]) -> dict[str, dict[str, Path]]:
    """Return the bridges of sound segments on sound hosts, with the first of what puts each there."""
    found: dict[str, dict[str, Path]] = {}
    for segment, host, path in _stands(written, uplinks):
        if segment in written.segments and host in written.hosts:
            found.setdefault(segment, {}).setdefault(host, path)
    return found


def _stands(written: SiteFile, uplinks: Iterable[UplinkAt]) -> Iterator[tuple[str | None, str, Path]]:
    for uplink in uplinks:
        yield uplink.segment, uplink.host, uplink.path
    for name, endpoint in written.endpoints.items():
        yield endpoint.segment, endpoint.host, ("endpoints", name, "host")
    for name, segment in written.segments.items():
        for i, host in enumerate(segment.gateway.hosts if segment.gateway else ()):
            yield name, host, ("segments", name, "gateway", "hosts", i)


def joined_segments(sheet: Sheet) -> Joined:
    """Return what is one Ethernet: ``("segment", NAME)`` and the domains that its uplinks reach."""
    joined = Joined()
    for uplink in sheet.uplinks:
        joined.join(("segment", uplink.segment), uplink.domain)
    return joined


class Joined:
    """Which things are joined with which (union-find)."""

    def __init__(self) -> None:
        self._over: dict[Hashable, Hashable] = {}

    def of(self, thing: Hashable) -> Hashable:
        """Return the one that stands for all that `thing` is joined with."""
        while (over := self._over.get(thing, thing)) != thing:
            self._over[thing] = self._over.get(over, over)
            thing = over
        return thing

    def join(self, one: Hashable, other: Hashable) -> bool:
        """Join two things; returns False if they were joined already."""
        a, b = self.of(one), self.of(other)
        if a != b:
            self._over[a] = b
        return a != b
