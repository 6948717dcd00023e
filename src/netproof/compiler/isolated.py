"""The isolated testing interfaces of a host, and what its other NICs must not say on their behalf."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.compiler.reason import because
from netproof.compiler.situation import Situation, Wanted
from netproof.routing.isolated import IsolatedContext, doors, isolated, mute_for_others


def isolated_nics(now: Situation) -> Iterator[Wanted]:
    """What `nics` leaves out of an isolated NIC: addresses, routes and rules of its own, and its filters."""
    nics = [nic for nic in now.host.nics if nic.isolated]
    contexts = [
        IsolatedContext(nic.name, nic.addresses, nic.gateways, nic.isolated.table, nic.isolated.priority)
        for nic in nics
        if nic.isolated
    ]
    whys = [because("isolated NIC", nic.place, of=f"{now.host.name}.{nic.name}") for nic in nics]
    for context, why in zip(contexts, whys, strict=True):
        yield from ((thing, why) for thing in isolated(context))
    others = [nic.name for nic in now.host.nics if nic.addresses and not nic.isolated]
    for why in whys:
        yield from ((mute_for_others(other), why) for other in others)
        yield from ((chain, why) for chain in doors(now.site.name, contexts))
