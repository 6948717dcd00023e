"""What shows that the wires between two hosts carry: a denial between what lives on either would hold were they cut.

::

    endpoint ── host here ══ wire ══ host there ── endpoint of another segment
                     └─ ping of its own stack ─┘

A stack's ping crosses a network on which both have an address, and where both have VTEPs, the way between these. What
members of a segment with a VNI tell each other from the one host to the other crosses that way as well, and needs no
ping to be let in. A network into which both have uplinks of a segment is crossed by what its members tell each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from netproof.proof.parties import Stand, members, stack_of
from netproof.proof.probe import OwnStack, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import FAMILIES, Address, family_of


def stretched(scene: Scene, here: str, there: str) -> Iterator[tuple[Stand, Stand]]:
    """Yield members of one segment with a VNI, the one watched on the host `here`, the other on that `there`."""
    for segment in (s.name for s in scene.site.segments.values() if s.vni is not None):
        yield from across(scene, segment, here, there)


def across(scene: Scene, segment: str, here: str, there: str) -> Iterator[tuple[Stand, Stand]]:
    """Yield members of `segment`, the one watched on the host `here`, the other on that `there`."""
    site = scene.site
    watched = [m for m in members(site, segment) if m.node in site.endpoints and m.node in scene.vantages]
    for mine, its in product(watched, watched):
        if (site.endpoints[mine.node].host, site.endpoints[its.node].host) == (here, there):
            yield mine, its


def are_joined(site: Site, segment: str, here: str, there: str) -> bool:
    """Tell whether uplinks of `segment` plug both hosts into one network."""
    plugged = {(u.host, site.hosts[u.host].nic(u.nic).network) for u in site.segments[segment].uplinks}
    return any((there, network) in plugged for host, network in plugged if host == here)


def pings(site: Site, here: str, there: str, *, tunnelled: bool) -> Iterator[Shot]:
    """Yield a ping from the stack of the host `here` to that of `there` over each wire that joins them.

    `tunnelled`: all but the way between their VTEPs, of which it is known that it carries.
    """
    for family in FAMILIES:
        mine, its = site.hosts[here], site.hosts[there]
        ends = {v for v in its.vteps if family_of(v) == family and any(family_of(o) == family for o in mine.vteps)}
        reached = {n.network for n in mine.nics if any(_is_of(family, a.ip) for a in n.addresses)}
        wires: dict[str, Address] = {}
        for nic in its.nics:
            own = [a.ip for a in nic.addresses if _is_of(family, a.ip)]
            if own and (nic.network in reached or ends.intersection(own)):
                wires[nic.network] = next((a for a in own if a in ends), own[0])
        for address in wires.values():
            if not (tunnelled and address in ends):
                yield Shot(f"{here} to {there}", stack_of(here, family), OwnStack(address), stack_of(there, family))


def _is_of(family: str, address: Address) -> bool:
    return family_of(address) == family and not address.is_link_local
