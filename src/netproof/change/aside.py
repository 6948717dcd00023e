"""Endpoints set aside: what root in a guest's namespace puts in our way keeps us from that endpoint, and nothing else.

An endpoint that is set aside is taken out of the desired state before the plan, openly, and never left unguarded:

- its port, where it is there, is as desired, guard and all, but down;
- its port, where its guest took it away, is not made; a guard that outlived it stays loaded;
- in its namespace stays what is there already.
"""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from netproof.change.kernel import Reading
from netproof.change.loss import lost_with
from netproof.change.ownership import Ownership, Record, as_far_as_ours, is_guests
from netproof.change.step import Step
from netproof.errors import KernelError
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.links import Veth
from netproof.state.object import KernelObject, Key, is_hosts, link_key

_THE_MACHINES = frozenset({errno.EIO, errno.ENOMEM, errno.ENOBUFS})
"""What a kernel says of its own troubles, whoever asks."""


@dataclass(frozen=True, slots=True)
class Aside:
    """An endpoint set aside: `who` it is, the key of its `port`, its namespace, what is in the way, and what to do."""

    who: str
    port: Key
    netns: str
    obstacle: str
    remedy: str

    def __str__(self) -> str:
        said = f"{self.who} is set aside and its port stays down: {self.obstacle}; {self.remedy}, and apply again"
        return "".join(c if c.isprintable() else "?" for c in said)


def foreseen(desired: HostState, reading: Reading, record: Record) -> tuple[Aside, ...]:
    """Return the endpoints that cannot be made for what is in their namespaces."""
    owner = Ownership(reading, record)
    actual = as_far_as_ours(desired, reading.state, record)
    conflicts = _conflicts(desired, actual, owner)
    return tuple(
        Aside(veth.describe(), veth.key, veth.peer_netns, *found)
        for veth in _attachments(desired)
        if (found := _instead_of(veth, actual, owner) or conflicts.get(veth.peer_netns))
    )


def refused(error: KernelError, desired: HostState) -> tuple[Aside, ...]:
    """Return the endpoint in whose namespace a step failed by its guest's doing; none if it may be the machine's."""
    if not error.key or error.errno in _THE_MACHINES:
        return ()
    thing = desired.get(error.key)
    if isinstance(thing, Veth) and error.errno == errno.EEXIST:
        return _in(thing.peer_netns, desired, str(error))
    return _in(error.key[1], desired, str(error)) if _is_in_a_guests(error.key) else ()


def unsettled(left: Iterable[Step], desired: HostState) -> tuple[Aside, ...]:
    """Return the endpoints whose guests undo what is done in their namespaces; none if more than that is left."""
    steps = list(left)
    if not all(_is_in_a_guests(step.key) for step in steps):
        return ()
    words = {step.key[1]: f"{step.describe()} does not stay so" for step in steps}
    return tuple(aside for netns, said in words.items() for aside in _in(netns, desired, said))


def without(asides: Collection[Aside], desired: HostState, actual: HostState) -> HostState:
    """Return `desired` with the endpoints of `asides` set aside, given the state that was read."""
    spaces = {aside.netns for aside in asides}
    gone: set[Key] = set()
    for veth in [v for v in _attachments(desired) if v.peer_netns in spaces]:
        gone.add(("up", veth.netns, veth.ifname))
        if not _is_attached(veth, actual):
            gone |= lost_with([veth.key], desired)
            gone |= {chain.key for chain in desired.of(NftChain) if chain.device == veth.ifname}
    there = {key: actual[key] for key in gone if key[0] == "nft-chain" and key in actual}
    loaded = [chain for chain in there.values() if _outlived_its_device(chain, actual)]

    def stays(key: Key) -> bool:
        thing = desired[key]
        return actual.get(key) == thing if is_guests(thing) and thing.netns in spaces else key not in gone

    return desired.only(stays).with_(*loaded)


def stands_instead(veth: Veth, actual: HostState) -> KernelObject | None:
    """Return the link in the guest's namespace that has the name of the far end of `veth` and keeps it from being made.

    The far end of the pair that is there now is none: it goes with it. Nor is that of the one whose near end, by the
    same name, is to leave another namespace of the host's.
    """
    far, near = link_key(veth.peer_netns, veth.peer_ifname), actual.get(veth.key)
    if is_hosts(veth.peer_netns) or _is_attached(veth, actual) or (isinstance(near, Veth) and far in near.provides()):
        return None
    other = actual.get(far)
    leaves = isinstance(other, Veth) and is_hosts(other.peer_netns) and other.peer_ifname == veth.ifname
    return None if leaves else other


def _attachments(desired: HostState) -> Iterator[Veth]:
    return (veth for veth in desired.of(Veth) if is_hosts(veth.netns) and not is_hosts(veth.peer_netns))


def _is_attached(veth: Veth, actual: HostState) -> bool:
    near = actual.get(veth.key)
    return near is not None and near.changes_in_place(veth)


def _instead_of(veth: Veth, actual: HostState, owner: Ownership) -> tuple[str, str] | None:
    if veth.key in actual and not owner.ours(veth.key):
        return None  # a conflict of the host's
    other = stands_instead(veth, actual)
    if other is None:
        return None
    remedy = f"delete or rename that (`ip -n {veth.peer_netns} link delete {veth.peer_ifname}`)"
    return f"{other.describe()} stands in the place of its interface", remedy


def _conflicts(desired: HostState, actual: HostState, owner: Ownership) -> dict[str, tuple[str, str]]:
    """Return the first thing in the way in each guest's namespace that has one, and what to do."""
    found: dict[str, tuple[str, str]] = {}
    for key, want in desired.items():
        have = actual.get(key)
        if have is not None and have != want and is_guests(want) and not want.SETTING and not owner.ours(key):
            found.setdefault(
                want.netns, (f"{have.describe()} is in the way of {want.describe()}", "remove one of them")
            )
    return found


def _outlived_its_device(chain: KernelObject, actual: HostState) -> bool:
    return isinstance(chain, NftChain) and link_key(chain.netns, chain.device) not in actual


def _in(netns: str, desired: HostState, obstacle: str) -> tuple[Aside, ...]:
    remedy = "undo there what its root did, or delete the namespace"
    return tuple(
        Aside(v.describe(), v.key, netns, obstacle, remedy) for v in _attachments(desired) if v.peer_netns == netns
    )


def _is_in_a_guests(key: Key) -> bool:
    return not is_hosts(key[1]) and key[0] != "namespace"
