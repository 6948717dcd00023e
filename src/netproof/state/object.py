"""What every kernel object is: a frozen value with a key, the keys it needs, and how it may differ in place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Self

from netproof.values.naming import ANNEX

if TYPE_CHECKING:
    from netproof.state.hoststate import HostState

Key = tuple[str, ...]
"""Identity of an object in one host's state: its kind, its network namespace, and what is unique there."""

HOME = ""
"""The host's own network namespace, whichever the `Kernel` was opened on; any other name is a named one."""


def is_hosts(netns: str) -> bool:
    """Say whether all that lies in a namespace is the host's: home, or an annex; else root in there is a guest."""
    return netns == HOME or ANNEX in netns


@dataclass(frozen=True, slots=True)
class KernelObject:
    """One object of the kernel. Fields are plain strings, numbers and tuples of them, in canonical spelling.

    `IN_PLACE` names the fields that the kernel can change on the living object; any other difference re-creates it.
    `SETTING` is True for what always has a value (a sysctl, an MTU) and can be changed, never created or deleted.
    """

    KIND: ClassVar[str] = ""
    IN_PLACE: ClassVar[frozenset[str]] = frozenset()
    SETTING: ClassVar[bool] = False

    netns: str

    @property
    def key(self) -> Key:
        """Return the identity of this object."""
        raise NotImplementedError

    @property
    def parent(self) -> Key | None:
        """Return the link or namespace this object lies on: it vanishes with it, and is ours if that is ours."""
        return None

    def needs(self) -> tuple[Key, ...]:
        """Return the keys that must exist before this object can (its parent among them)."""
        return (self.parent,) if self.parent else ()

    def provides(self) -> tuple[Key, ...]:
        """Return the keys that exist once this object does: its own, and what the kernel makes beside it."""
        return (self.key,)

    def serves(self, wanted: KernelObject) -> bool:
        """Say whether this object, if somebody else made it, is as good as `wanted`, which has the same key."""
        return self == wanted

    def bends(self, _among: HostState, /) -> Iterator[Self]:
        """Yield plausible wrong variants of this object, given what it stands among: mutants that a proof must notice.

        One with another key takes the place of this object; one with the same key is what it turns into.
        """
        return iter(())

    def describe(self) -> str:
        """Return one line that names the object to a person, in the words of `ip`, `bridge` and `nft`."""
        raise NotImplementedError

    def changes_in_place(self, other: KernelObject) -> bool:
        """Say whether the kernel can turn this object into `other` without deleting it."""
        if type(self) is not type(other):
            return False
        differing = {f.name for f in fields(self) if f.compare and getattr(self, f.name) != getattr(other, f.name)}
        return differing <= self.IN_PLACE


def link_key(netns: str, ifname: str) -> Key:
    """Return the key of the link `ifname`: links of every type share one name space."""
    return ("link", netns, ifname)
