"""Sending steps in batches, and what a batch that did not go through needs."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from netproof.change.step import Create, Delete, Step
from netproof.kernel.block import Block
from netproof.kernel.channel import BATCH, AnswersLostError, Channel, Refusal
from netproof.kernel.failure import failed, refusal_of
from netproof.kernel.netlink import Request
from netproof.state.object import KernelObject

Written = tuple[Step, list[Request]]
Requests = Callable[[Step], list[Request]]
Holds = Callable[[Sequence[Step]], list[bool]]
Pack = Callable[[Sequence[Step]], Block | None]


@dataclass(frozen=True, slots=True)
class Way:
    """How steps reach a kernel: what they are as messages, and the channel these go through.

    `holds` reads the state again and says of each step whether it is in effect: asked when answers were lost.
    """

    channel: Channel
    requests: Requests
    holds: Holds


def send_steps(steps: Sequence[Step], way: Way, size: int = BATCH) -> None:
    """Do `steps` in their order, at most `size` messages at once.

    Raises KernelError at the first step that fails; those behind it are not done.
    """
    for batch, broken in _batched(steps, way.requests, size):
        try:
            _send(batch, way)
        except AnswersLostError:
            _resume(batch, way)
        if broken:
            raise failed(broken[0], refusal_of(broken[1])) from broken[1]


def send_packed(steps: Sequence[Step], pack: Pack, way: Way) -> None:
    """Do `steps` as `send_steps` does, but as blocks where `pack` makes one; what a block meets is then done singly."""
    for at in range(0, len(steps), BATCH):
        batch = steps[at : at + BATCH]
        block = pack(batch)
        if block is None:
            send_steps(batch, way)
            continue
        try:
            refused = way.channel.send_block(block)
        except AnswersLostError:
            _resume([(step, way.requests(step)) for step in batch], way)
            continue
        if refused:
            first = min(refused)
            for i in reversed(range(first, len(batch))):
                if i not in refused:
                    _undo(batch[i], way)
            send_steps(batch[first:], way)


def _batched(
    steps: Sequence[Step], requests: Requests, size: int
) -> Iterator[tuple[list[Written], tuple[Step, OSError] | None]]:
    """Yield batches; the last, with the step that could not even be written and why."""
    batch: list[Written] = []
    messages = 0
    for step in steps:
        try:
            written = requests(step)
        except OSError as error:
            yield batch, (step, error)
            return
        if batch and messages + len(written) > size:
            yield batch, None
            batch, messages = [], 0
        batch.append((step, written))
        messages += len(written)
    yield batch, None


def _send(batch: Sequence[Written], way: Way) -> None:
    refused = way.channel.send([request for _, written in batch for request in written])
    if not refused:
        return
    outcomes = list(_outcomes(batch, refused))
    first = next(i for i, (_, refusals) in enumerate(outcomes) if refusals)
    for step, refusals in reversed(outcomes[first:]):
        if 0 not in refusals:  # its first message was carried out
            _undo(step, way)
    step, refusals = outcomes[first]
    raise failed(step, refusals[min(refusals)])


def _outcomes(batch: Sequence[Written], refused: dict[int, Refusal]) -> Iterator[tuple[Step, dict[int, Refusal]]]:
    """Yield each step with the refusals of its own messages, counted from its first."""
    at = 0
    for step, written in batch:
        yield step, {i: refused[at + i] for i in range(len(written)) if at + i in refused}
        at += len(written)


def _undo(step: Step, way: Way) -> None:
    """Take a step back; what cannot be is left to the caller's own undo, who reads the state anyway."""
    try:
        way.channel.send(way.requests(step.inverse()))
    except OSError:
        return


def _resume(batch: Sequence[Written], way: Way) -> None:
    """Do, one by one, what of a batch was not done; of what was, again the messages that complete it."""
    done = way.holds([step for step, _ in batch])
    for i, (step, written) in enumerate(batch):
        try:
            refused = way.channel.send(written[1:] if done[i] else written)
        except AnswersLostError as error:
            refused = {0: Refusal(errno.ENOBUFS, str(error))}
        if refused:
            for j in range(len(batch) - 1, i, -1):
                if done[j]:
                    _undo(batch[j][0], way)
            raise failed(step, refused[min(refused)])


def is_in_effect(step: Step, present: KernelObject | None) -> bool:
    """Say whether a step is in effect, given what now has its key."""
    if isinstance(step, Delete):
        return present is None
    return present == (step.thing if isinstance(step, Create) else step.after)
