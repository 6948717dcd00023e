"""The guard of a port: every item that is on, as a chain at the port's ingress and one that such ports share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from netproof.attachments.attachment import PortContext
from netproof.attachments.guard.item import Item, Subject
from netproof.registry import variants
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME


def items() -> tuple[Item, ...]:
    """Return every guard item: the tag check first, the rest by name."""
    found = cast(dict[str, Item], variants("netproof.attachments.guard", "ITEM"))
    return tuple(sorted(found.values(), key=lambda item: (item.name != "vlan", item.name)))


def guard_chains(context: PortContext) -> Iterator[NftChain]:
    """Yield the chains that hold `context.guard` at the port, its own last; none if every item is off.

    The port's own begins with a jump to the common one, and so with the tag check.
    """
    if not context.guard:
        return
    subject = Subject(context.mac, context.addresses)
    common = _common(context.site, context.guard)
    own = (rule for item in items() if item.name in context.guard for rule in item.own(subject))
    yield common
    yield NftChain(
        HOME,
        "netdev",
        table_name(context.site),
        f"guard-{context.name}",
        f'type filter hook ingress device "{context.ifname}" priority filter; policy accept;',
        (f"jump {common.name}", *own),
        device=context.ifname,
    )


@lru_cache(maxsize=64)
def _common(site: str, guard: frozenset[str]) -> NftChain:
    """Return what every port with this `guard` drops; its name tells the items that are off."""
    off = [item.name for item in items() if item.common and item.name not in guard]
    rules = (r for item in items() for r in (item.common if item.name in guard else item.common_when_off))
    name = "-".join(("common", "without", *off)) if off else "common"
    return NftChain(HOME, "netdev", table_name(site), name, "", tuple(dict.fromkeys(rules)))
