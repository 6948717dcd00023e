"""Shadows where many hosts are proved together: each host makes its own, and is told of those of all others.

::

    proof ── greet ──▶ outpost, outpost     who cannot be entered, and could have a shadow?
          ◀─ names ──
          ── stand, all names ──▶           each makes those on its host; of which address each has all tell alike
          ◀─ for whom one stands ──
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from netproof.cli.shadows import Standing, connected, shadows_made

if TYPE_CHECKING:
    from netproof.cli.vantages import Vantages
    from netproof.site.model import Site


def to_be_shadowed(site: Site, cut_off: Iterable[str]) -> list[str]:
    """Return those of the endpoints cut off on this host for which a shadow could stand."""
    from netproof.kernel.linux import LinuxKernel

    with LinuxKernel(None) as kernel:
        return connected(site, cut_off, kernel, None)


@contextmanager
def standing_in(
    site: Site, host: str, wished: object, found: tuple[Vantages, Mapping[str, str]], own: Collection[str]
) -> Iterator[Standing]:
    """Stand at the host and its endpoints, with shadows of `own`, while other hosts make theirs of what is `wished`.

    `found` are the vantages, and the endpoints cut off, each with why; the site must be the one that is applied. What
    can have no shadow is told, and as it would be without.
    """
    from netproof.errors import NetproofError
    from netproof.kernel.linux import LinuxKernel
    from netproof.site.shadows import in_some_shadow

    vantages, cut_off = found
    names = [name for name in site.endpoints if isinstance(wished, list) and name in wished]
    here, elsewhere = [n for n in names if n in own], [n for n in names if site.endpoints[n].host != host]
    at = Standing(in_some_shadow(site, (*here, *elsewhere), ()), vantages, (), cut_off, ())
    with ExitStack() as stack:
        if names:
            kernel = stack.enter_context(LinuxKernel(None))
            try:
                made = stack.enter_context(shadows_made(site, host, None, (here, []), kernel, elsewhere=elsewhere))
            except NetproofError as error:
                at = _without(at, here, elsewhere, error)
            else:
                at = _with(at, *made, here)
        yield at


def _with(at: Standing, seen: Site, made: Vantages, names: Collection[str]) -> Standing:
    told = (f"endpoint {name}: {at.left[name]}; a port made like its own stood for it" for name in names)
    left = {name: why for name, why in at.left.items() if name not in names}
    return Standing(seen, {**at.vantages, **made}, tuple(names), left, tuple(told))


def _without(at: Standing, here: Iterable[str], elsewhere: Collection[str], error: Exception) -> Standing:
    told = [f"endpoint {name} can have no shadow: {error}" for name in here]
    told += [f"the shadow of {name} is not known here: {error}" for name in elsewhere]
    return Standing(at.site, at.vantages, (), at.left, tuple(told))
