"""One apply without its files: read, plan, perform; and the comparison of what a kernel holds."""

from __future__ import annotations

from laws.states import SITE
from netproof.change.kernel import Reading
from netproof.change.ownership import Record, next_record, scope_of
from netproof.change.plan import Plan, plan
from netproof.kernel.memory import MemoryKernel
from netproof.state.hoststate import HostState


def planned(kernel: MemoryKernel, desired: HostState, record: Record) -> Plan:
    return plan(desired, kernel.read(scope_of(SITE, desired, record)), record, {})


def carry(kernel: MemoryKernel, desired: HostState, record: Record) -> Record:
    """Apply `desired` and return the record of it."""
    reading = kernel.read(scope_of(SITE, desired, record))
    steps = plan(desired, reading, record, {})
    kernel.perform(SITE, [p.step for p in steps])
    return next_record(desired, reading, record)


def everything(kernel: MemoryKernel, *states: HostState) -> Reading:
    """Read all that any of `states` could concern."""
    return kernel.read(scope_of(SITE, HostState(), Record(), *states))
