"""Steps: the three things one can do to an object, each of which knows its inverse."""

from __future__ import annotations

from dataclasses import dataclass

from netproof.state.object import KernelObject, Key


@dataclass(frozen=True, slots=True)
class Create:
    """Bring `thing` into being."""

    thing: KernelObject

    @property
    def key(self) -> Key:
        """The key it touches."""
        return self.thing.key

    def inverse(self) -> Delete:
        """Undo."""
        return Delete(self.thing)

    def describe(self) -> str:
        """One line for people."""
        return self.thing.describe()


@dataclass(frozen=True, slots=True)
class Delete:
    """Take `thing` away."""

    thing: KernelObject

    @property
    def key(self) -> Key:
        """The key it touches."""
        return self.thing.key

    def inverse(self) -> Create:
        """Undo."""
        return Create(self.thing)

    def describe(self) -> str:
        """One line for people."""
        return self.thing.describe()


@dataclass(frozen=True, slots=True)
class Replace:
    """Turn `before` into `after`, in place: same key, both of one type."""

    before: KernelObject
    after: KernelObject

    @property
    def key(self) -> Key:
        """The key it touches."""
        return self.after.key

    def inverse(self) -> Replace:
        """Undo."""
        return Replace(self.after, self.before)

    def describe(self) -> str:
        """One line for people."""
        return self.after.describe()


Step = Create | Delete | Replace
