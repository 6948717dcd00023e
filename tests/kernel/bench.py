"""A kernel under test, with verbs that read as sentences."""

from __future__ import annotations

from dataclasses import dataclass

from netproof.change.kernel import Kernel, Reading, Scope
from netproof.change.step import Create, Delete, Replace, Step
from netproof.state.hoststate import HostState
from netproof.state.object import KernelObject

SITE = "demo"


@dataclass
class Bench:
    """A kernel under test, the name of a namespace it may make, and verbs that read as sentences."""

    kernel: Kernel
    home: str
    guest: str

    def do(self, *steps: Step) -> None:
        self.kernel.perform(SITE, steps)

    def create(self, *things: KernelObject) -> None:
        self.do(*map(Create, things))

    def delete(self, *things: KernelObject) -> None:
        self.do(*map(Delete, things))

    def replace(self, before: KernelObject, after: KernelObject) -> None:
        self.do(Replace(before, after))

    def read(self, *things: KernelObject) -> Reading:
        scope = Scope.of(SITE, HostState(things))
        return self.kernel.read(Scope(SITE, scope.namespaces | {self.guest}, scope.sysctls))

    def has(self, thing: KernelObject) -> bool:
        return self.read(thing).state.get(thing.key) == thing
