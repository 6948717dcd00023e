"""What a failed step is called: the verb, the object, and the kernel's own words."""

from __future__ import annotations

import errno

from netproof.change.step import Create, Delete, Replace, Step
from netproof.errors import KernelError
from netproof.kernel.channel import Refusal

_VERBS = {Create: "create", Delete: "delete", Replace: "change"}


def failed(step: Step, refusal: Refusal) -> KernelError:
    """Return the error of a step that the kernel refused."""
    return KernelError(f"{_VERBS[type(step)]} {step.describe()}", refusal.errno, refusal.text, step.key)


def refusal_of(error: OSError) -> Refusal:
    """Return an operating system error as a refusal."""
    return Refusal(error.errno or errno.EIO)
