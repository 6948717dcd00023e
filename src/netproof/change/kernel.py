"""What a change asks of a kernel, real or in memory: to read a scope, and to do steps in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from netproof.change.step import Step
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME, KernelObject, Key
from netproof.state.tunnels import RemoteEntry


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a kernel to read: the named namespaces beside home, and the sysctls (which cannot be listed).

    `site` is the site for which marks are read as ours. `annexes` is the pattern (glob(7)) of names of namespaces to
    read besides, if they bear its mark. `entries` are FDB entries to look for, by the namespace and the
    name of their device; if `by_name`, others of a device that has very many need not be found, for to list them takes
    minutes.
    """

    site: str
    namespaces: frozenset[str] = frozenset()
    sysctls: frozenset[tuple[str, str, str]] = frozenset()  # netns, name, ifname
    entries: Mapping[tuple[str, ...], Mapping[Key, RemoteEntry]] = field(default_factory=lambda: MappingProxyType({}))
    by_name: bool = False
    annexes: str = ""

    @classmethod
    def of(cls, site: str, *states: HostState) -> Scope:
        """Return the scope that covers every object of `states`."""
        entries: dict[tuple[str, ...], dict[Key, RemoteEntry]] = {}
        things: list[KernelObject] = []
        for state in states:
            for key, thing in state.items():
                if isinstance(thing, RemoteEntry):
                    entries.setdefault(key[1:3], {})[key] = thing
                else:
                    things.append(thing)
        peers = {netns for t in things for _, netns, *_ in t.provides() if netns != HOME}
        return cls(
            site,
            frozenset(peers | {t.netns for t in things if t.netns != HOME} | {netns for netns, _ in entries} - {HOME}),
            frozenset((t.netns, t.name, t.ifname) for t in things if isinstance(t, Sysctl)),
            entries,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a kernel holds within a scope. `marked` are the keys that bear a mark of ours *in the kernel*.

    `other_sites` are sites other than the scope's whose marks were met at home.
    """

    state: HostState
    marked: frozenset[Key] = frozenset()
    other_sites: frozenset[str] = field(default=frozenset())


class Kernel(Protocol):
    """A kernel as seen from one home namespace. Everything it does is synchronous."""

    @property
    def identity(self) -> str:
        """Cookie of the home namespace and boot id: two kernels with one identity are the same."""
        ...

    def read(self, scope: Scope) -> Reading:
        """Return what the kernel holds within `scope`. Raises KernelError."""
        ...

    def perform(self, site: str, steps: Sequence[Step]) -> None:
        """Do `steps` in their order, marking what is created as `site`'s; may batch neighbours of one kind.

        Raises KernelError at the first step that fails, naming it; those before it are done, those after are not.
        """
        ...
