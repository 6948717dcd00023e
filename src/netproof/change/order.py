"""The order of a plan: make before break, except where both cannot be there at once.

1. deletions that must make way, down the ranks: a link goes down before anything that guards it goes;
2. creations and replacements, up the ranks: a link comes up after everything that guards it came;
3. all other deletions, down the ranks.

Sysctls go back to what they were at the very end, or right before an address is put on their link, so that what
held something closed holds it until its replacement stands, and an uplink is silent until it left its bridge. What
lets the host forward opens instead: it is on only after all chains are loaded, and off before any of them goes.

Of MTUs the widest is set first: a VXLAN device that joins its group on a NIC takes none that the NIC cannot carry.

Ranks keep nft steps together, so that each of the three parts loads them in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.change.diff import Delta
from netproof.change.step import Create, Delete, Replace, Step
from netproof.state.filters import IngressDrop
from netproof.state.kinds import RANK, rank
from netproof.state.layer3 import Address, Sysctl
from netproof.state.links import Mtu, OnLink
from netproof.state.object import KernelObject, Key


def ordered(delta: Delta, former: frozenset[Key]) -> Iterator[Step]:
    """Yield the steps of `delta`; `former` are the replacements that give a setting its former value back."""
    restored = {key for key in former if key[0] == "sysctl"}  # a MAC or MTU has its place among the ranks
    early = [Delete(delta.delete[key]) for key in delta.early if key in delta.delete]
    late = [Delete(thing) for key, thing in delta.delete.items() if key not in delta.early]
    creates: list[Step] = [Create(thing) for thing in delta.create.values()]
    replaces = [Replace(*pair) for pair in delta.replace.values()]
    addressed = {(a.netns, a.ifname) for a in delta.create.values() if isinstance(a, Address)}
    waiting = [r for r in replaces if r.key in restored and _forwarding(r.after) != "0"]
    last = {r.key for r in waiting if (r.after.netns, _ifname(r.after)) not in addressed}
    yield from sorted(early, key=_down)
    yield from sorted([*creates, *(r for r in replaces if r.key not in last)], key=lambda step: _up(step, restored))
    yield from sorted(late, key=_down)
    yield from sorted((r for r in replaces if r.key in last), key=_down)


def _thing(step: Step) -> KernelObject:
    return step.after if isinstance(step, Replace) else step.thing


def _ifname(thing: KernelObject) -> str:
    return thing.ifname if isinstance(thing, OnLink | Sysctl) else ""


def _forwarding(thing: KernelObject) -> str | None:
    """Return the value of a sysctl by which the host forwards; None for everything else."""
    forwards = isinstance(thing, Sysctl) and thing.name.endswith(("/forwarding", "/ip_forward"))
    return thing.value if isinstance(thing, Sysctl) and forwards else None


def _up(step: Step, restored: set[Key]) -> tuple[float, int, Key]:
    thing = _thing(step)
    if value := _forwarding(thing):
        return (RANK[Sysctl] if value == "0" else RANK[IngressDrop] + 0.5, 0, step.key)
    narrowness = -thing.mtu if isinstance(thing, Mtu) else 0
    return (RANK[Address] - 0.5 if step.key in restored else rank(thing), narrowness, step.key)


def _down(step: Step) -> tuple[float, Key]:
    return (-rank(_thing(step)), step.key)
