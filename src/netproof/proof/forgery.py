"""What the shots of identity classes have in common: a lie of an endpoint, told to another member of its segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netproof.proof.aims import shared_segment
from netproof.proof.claim import Claim
from netproof.proof.parties import Stand
from netproof.proof.probe import RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site


def guarded(site: Site, from_: str, item: str) -> bool:
    """Tell whether the site holds endpoint `from_` to `item` of its guard; what it lets go is no claim."""
    endpoint = site.endpoints.get(from_)
    return endpoint is not None and bool(getattr(endpoint.guard, item))


def held(item: str, *, both: bool = False) -> Callable[[Site, str, str, str], bool]:
    """Return an `applies` for a class that the guard's `item` stops; `both`: sender and receiver need an address."""

    def applies(site: Site, from_: str, to: str, family: str) -> bool:
        pairs = list(shared_segment(site, from_, to))
        talk = any((mine.addresses(family) or not both) and (its.addresses(family)) for mine, its in pairs)
        return guarded(site, from_, item) and bool(pairs) and (family == "l2" or talk)

    return applies


def lies(
    scene: Scene,
    claim: Claim,
    tell: Callable[[Stand, Stand, Stand], Iterator[tuple[str, RawFrame]]],
    *,
    addressed: bool = True,
) -> Iterator[Shot]:
    """Yield a shot for each lie that `tell(liar, hearer, victim)` yields with its description.

    `addressed`: it is told to whom has an address of the claim's family.
    """
    for mine, its in shared_segment(scene.site, claim.from_, claim.to):
        if addressed and claim.family != "l2" and not its.addresses(claim.family):
            continue  # another interface of it has some
        victim = scene.victim(claim.from_, its)
        for said, frame in tell(mine, its, victim):
            yield Shot(said, mine.spot, frame, its.spot, frozenset({mine.spot}), about=(victim, mine))


def name_of(victim: Stand) -> str:
    """Return what to call a victim in a sentence."""
    return victim.node or "an unused address"
