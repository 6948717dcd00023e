"""Which methods isolate a segment: ``auto`` resolved for a kernel, a list taken at its word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from netproof.errors import CannotError
from netproof.isolation.method import ALL_WAYS, OTHER_WAYS, Method
from netproof.registry import variants

FIRST = ("ingress", "bridge-filter")
"""What `auto` takes first, of nftables, in order of preference."""

SECOND = ("vlan-filtering", "tc-ingress")
"""What `auto` takes second, so that one ``flush ruleset`` opens nothing."""

NO_VLAN_FILTERING = "this kernel has no VLAN filtering"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A method with the reason why it is there, in the words of a plan."""

    method: Method
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The methods for one segment on one kernel, and what its owner should know about the choice."""

    chosen: tuple[Chosen, ...] = ()
    notes: tuple[str, ...] = ()


def methods() -> dict[str, Method]:
    """Return every method of this version by its name in the site file."""
    return cast(dict[str, Method], variants("netproof.isolation", "METHOD"))


TAGS = "vlan-filtering would drop the tags that an endpoint may send"


def choose(
    segment: str,
    declared: tuple[str, ...],
    capabilities: frozenset[str],
    *,
    gateway: bool = False,
    tags: bool = False,
) -> Choice:
    """Return the methods that `declared` (``auto``, ``none`` or a list) means on a kernel with `capabilities`.

    `gateway`: the host routes for the segment, so that ``auto`` takes only what spares a gateway. `tags`: endpoints of
    it may send VLAN tags, so that ``auto`` takes only what spares those. Raises CannotError if the kernel lacks what a
    listed method needs, or has none that ``auto`` could take.
    """
    if declared == ("none",):
        return Choice()
    if declared == ("auto",):
        return _auto_beside_gateway(segment, capabilities) if gateway else _auto(segment, capabilities, tags=tags)
    listed = [methods()[name] for name in sorted(set(declared))]
    for method in listed:
        if not method.works_with(capabilities):
            raise CannotError(
                f'segment "{segment}": isolation method "{method.name}" needs {method.lacking}, '
                "which this kernel lacks; choose another method, or auto"
            )
    told = told_open(segment, declared, gateway=gateway)
    return Choice(tuple(Chosen(method, f"isolation: {method.name}") for method in listed), (told,) if told else ())


def left_open(declared: tuple[str, ...]) -> frozenset[str]:
    """Return the ways (``probe/family``) that `declared` is known to leave open; ``auto`` leaves none."""
    if declared == ("auto",):
        return frozenset()
    return ALL_WAYS.intersection(*(methods()[name].leaves_open for name in declared if name != "none"))


def told_open(segment: str, declared: tuple[str, ...], *, gateway: bool = False) -> str | None:
    """Return the sentence that names what `declared` is known to leave open; None if that is nothing.

    `gateway`: the host routes for the segment, and holds ARP and IP by settings and rules of its own, nothing else.
    """
    ways = left_open(declared) & OTHER_WAYS if gateway else left_open(declared)
    told = "every known way" if ways == ALL_WAYS else ", ".join(sorted(ways))
    said = f'segment "{segment}": isolation {", ".join(declared)} leaves open {told}'
    return f"{said}; the proof will show it broken, auto closes it" if ways else None


def _auto(segment: str, capabilities: frozenset[str], *, tags: bool) -> Choice:
    seconds = [n for n in SECOND if methods()[n].spares_tags or not tags]
    first, second = _first_of(FIRST, capabilities), _first_of(seconds, capabilities)
    no_vlan = f"; {TAGS}" if tags else "" if "vlan-filtering" in capabilities else f"; {NO_VLAN_FILTERING}"
    chosen: tuple[Chosen, ...] = (Chosen(first, f"isolation auto: {first.name}"),) if first else ()
    chosen += (Chosen(second, f"isolation auto: second method{no_vlan}"),) if second else ()
    if not chosen:
        lacking = "; ".join(methods()[name].lacking for name in (*FIRST, *SECOND))
        raise CannotError(f'segment "{segment}": isolation auto finds no method; this kernel lacks {lacking}')
    return Choice(chosen, () if len(chosen) == 2 else (_only(segment, chosen[0].method),))


def _auto_beside_gateway(segment: str, capabilities: frozenset[str]) -> Choice:
    """Take what tells the gateway's traffic from the rest; nothing that is not nftables can."""
    method = _first_of([n for n in FIRST if methods()[n].spares_gateway], capabilities)
    if method is None:
        lacking = "; ".join(methods()[name].lacking for name in FIRST)
        raise CannotError(f'segment "{segment}": isolation beside a gateway needs {lacking}, which this kernel lacks')
    note = (
        f'segment "{segment}": its gateway keeps the bridge open to what it routes, and only nftables can tell that '
        "from the rest: one `nft flush ruleset` would open this host to the segment"
    )
    return Choice((Chosen(method, f"isolation auto: {method.name}, but for the gateway"),), (note,))


def _only(segment: str, method: Method) -> str:
    told = f'segment "{segment}": isolation auto has only {method.name}; this kernel has no method'
    if method.family == "nftables":
        return f"{told} that is not nftables, so one `nft flush ruleset` would open the segment"
    return f"{told} of nftables"


def _first_of(names: Iterable[str], capabilities: frozenset[str]) -> Method | None:
    known = methods()
    return next((known[n] for n in names if known[n].works_with(capabilities)), None)
