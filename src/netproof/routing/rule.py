"""Routing rules as the kernel will show them."""

from __future__ import annotations

from netproof.state.layer3 import Rule
from netproof.state.object import HOME
from netproof.values.address import Family, Network


def rule(
    family: Family,
    priority: int,
    *,
    source: Network | None,
    destination: Network | None,
    iif: str | None,
    oif: str | None,
    fwmark: int | None,
    table: int | None,
    action: str,
) -> Rule:
    """Return the rule at `priority` of `family`; None matches everything."""
    return Rule(
        HOME,
        family,
        priority,
        source=_selector(source),
        destination=_selector(destination),
        iif=iif or "",
        oif=oif or "",
        fwmark=fwmark or 0,
        table=table or 0,
        action=action,
    )


def _selector(network: Network | None) -> str:
    return str(network) if network is not None and network.prefixlen else ""
