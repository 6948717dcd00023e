"""The guard of a port: every item that is on, as one chain at the port's ingress."""

from __future__ import annotations

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


def guard_chain(context: PortContext) -> NftChain | None:
    """Return the chain that holds `context.guard` at the port; None if every item is off: nothing is guarded then."""
    if not context.guard:
        return None
    subject = Subject(context.mac, context.addresses)
    rules = [
        rule
        for item in items()
        for rule in (item.rules if item.name in context.guard else item.rules_when_off)(subject)
    ]
    return NftChain(
        HOME,
        "netdev",
        table_name(context.site),
        f"guard-{context.name}",
        f'type filter hook ingress device "{context.ifname}" priority filter; policy accept;',
        tuple(rules),
        device=context.ifname,
    )
