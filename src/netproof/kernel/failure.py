"""What a failed step is called: the verb, the object, and the kernel's own words."""

from __future__ import annotations

import errno

from netproof.change.step import Create, Delete, Replace, Step
from netproof.errors import KernelError
from netproof.kernel.channel import Refusal
from netproof.state.tunnels import Vxlan

_VERBS = {Create: "create", Delete: "delete", Replace: "change"}
_HELD_ELSEWHERE = (
    "; it was made here and is in another network namespace: one with a name (`ip netns`), or one that has lost it and "
    "lives by a process in it (`lsns -t net`)"
)
"""A device of the same name, VNI and port that lies where we read is a conflict before anything is tried."""


def failed(step: Step, refusal: Refusal) -> KernelError:
    """Return the error of a step that the kernel refused."""
    what, text = f"{_VERBS[type(step)]} {step.describe()}", refusal.text
    if isinstance(step, Create) and isinstance(step.thing, Vxlan) and refusal.errno == errno.EEXIST:
        text += _HELD_ELSEWHERE
    return KernelError(what, refusal.errno, text, step.key)


def refusal_of(error: OSError) -> Refusal:
    """Return an operating system error as a refusal."""
    return Refusal(error.errno or errno.EIO)
