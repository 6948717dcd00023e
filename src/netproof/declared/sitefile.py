"""The whole site file, format 1."""

from __future__ import annotations

from functools import cache
from typing import Annotated, TypeVar

from pydantic_core import SchemaValidator

from netproof.declared.endpoints import Endpoint
from netproof.declared.later import Bgp, PolicyLine, Registry, Service, Underlay
from netproof.declared.leaves import Name, empty_if_nothing
from netproof.declared.nodes import Host, PhysicalNetwork, Station
from netproof.declared.segments import Segment
from netproof.declared.shape import Leaf, Section, Short, reader

FORMAT = 1

_T = TypeVar("_T")
_NOTHING = Short(empty_if_nothing, {"type": "null"})
Named = Annotated[dict[Name, _T], _NOTHING]
MaybeEmpty = Annotated[_T, _NOTHING]


def _format(value: object) -> int:
    if type(value) is int and value == FORMAT:
        return FORMAT
    raise ValueError(f"this version of netproof reads format {FORMAT}; expected `netproof: {FORMAT}`")


class SiteFile(Section):
    """A site: physical networks, hosts, stations, segments, endpoints, and who may talk to whom."""

    netproof: Annotated[int, Leaf(_format, {"const": FORMAT})]
    """The format's version."""
    site: Name
    """The site's name."""
    networks: Named[MaybeEmpty[PhysicalNetwork]] = {}
    """Physical L2 networks, by name."""
    hosts: Named[MaybeEmpty[Host]] = {}
    """Managed hosts, by name."""
    stations: Named[Station] = {}
    """Unmanaged machines, by name."""
    segments: Named[MaybeEmpty[Segment]] = {}
    """Virtual Ethernet segments, by name."""
    endpoints: Named[Endpoint] = {}
    """Containers, VMs and namespaces, by name."""
    policy: Annotated[list[PolicyLine], Short(lambda v: [] if v is None else v, {"type": "null"})] = []
    """Who may talk to whom; the first line that matches wins."""
    services: Named[Service] = {}
    """Virtual services, by name."""
    registry: Registry | None = None
    """Where overlays keep who is where."""
    bgp: Bgp | None = None
    """The fabric's BGP."""
    underlay: Underlay | None = None
    """The network below the overlays."""


@cache
def _reader() -> SchemaValidator:
    return reader(SiteFile)


def validated(value: object) -> SiteFile:
    """Return what a file with this value says. Raises pydantic_core's ValidationError with all that is wrong."""
    read: SiteFile = _reader().validate_python(value)
    return read
