"""Named network namespaces (ip-netns(8))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from netproof.state.object import KernelObject, Key


def namespace_key(netns: str) -> Key:
    """Return the key of the named namespace `netns`."""
    return ("namespace", netns)


@dataclass(frozen=True, slots=True)
class Namespace(KernelObject):
    """A named network namespace; `netns` is its name under /run/netns. Ours by the ifalias on its `lo`."""

    KIND: ClassVar[str] = "namespace"

    @property
    def key(self) -> Key:
        """Identity: the name."""
        return namespace_key(self.netns)

    def provides(self) -> tuple[Key, ...]:
        """A namespace comes with its `lo`."""
        return (self.key, ("link", self.netns, "lo"))

    def describe(self) -> str:
        """Name it as ip-netns does."""
        return f"netns {self.netns}"
