"""What a proof is played on: sockets of this machine (`Realm`), or hosts far away, each at the end of a line.

::

    Engine ── put, say ───▶ Ground ──▶ a namespace here, or one over there
           ◀── Take ─────── source ◀── an ear here, or a line that tells what ears over there have heard

Here a packet has left once `put` returns. Far away it is only asked for then: whether it could leave is told later, and
until then the ground `is_busy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple, Protocol

from netproof.errors import NetproofError
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, Shot
from netproof.proof.scene import Scene
from netproof.proof.token import ahead_of


class Hearer(Protocol):
    """An ear, here or far away. `doubt` says why its silence proves nothing; what is `dead` hears no more."""

    spot: Spot
    pulses: bool
    pulse: bool
    dead: bool
    doubt: str | None
    of_packets: bool

    def mind_departures(self, minded: bool) -> None:
        """Hear what leaves here as well, or only what comes in."""


Take = Callable[[Hearer, bytes, bool, str], None]
"""Takes what an ear has heard: the packet, whether it was just leaving there, and by which link it came, if told."""
Hear = Callable[[Take], bool]
"""Hands over all that has arrived, without waiting; False once nothing more can come."""
Refused = Callable[[OSError | NetproofError], None]
"""Is told why something could not be done, where that is known only after it was asked for."""


class Fate(NamedTuple):
    """Is told what became of a packet where that is known only after it was asked for: when it went, or why it did not.

    `unprepared` is told what should have come before it, and did not.
    """

    went: Callable[[], None]
    refused: Refused
    unprepared: Refused


class Ground(Protocol):
    """What the engine asks of that on which it plays. Spots are those of its `scene`."""

    scene: Scene

    @property
    def kernel(self) -> str:
        """The release of the kernel, or kernels, that it runs on."""

    @property
    def ears(self) -> Sequence[Hearer]:
        """Every ear there is."""

    def open(self) -> None:
        """Open every ear and mouth; what cannot be used is remembered, and doubted."""

    def close(self) -> None:
        """Let go of all that was opened."""

    def sources(self) -> Iterator[tuple[int, Hear]]:
        """Yield the descriptors at which something is to be heard, and how it is taken in."""

    def catch_up(self) -> None:
        """Be sure that whatever has been heard anywhere by now can be taken in without waiting."""

    def is_busy(self) -> bool:
        """Tell whether something that was asked for is neither done nor refused yet."""

    def put(self, spot: Spot, frame: bytes, fate: Fate) -> None:
        """Put `frame` on the wire at `spot`. Raises OSError or NetproofError if it cannot leave, or tells `fate`."""

    def precede(self, spot: Spot, frame: bytes, refused: Refused) -> None:
        """Put `frame` on the wire before anything is, anywhere, that is asked for later."""

    def say(self, sender: Spot, load: OwnStack, token: bytes, fate: Fate) -> None:
        """Have the stack at `sender` send a ping around `token`; it fails as `put` does."""

    def expect(self, packet: bytes) -> None:
        """Have `packet`, which bears no mark, handed over by whoever hears it; what bears one always is."""

    def hush(self, node: str, frame: bytes, refused: Refused) -> None:
        """Let the stack of `node` say nothing to a TCP segment that we answer; it fails as `put` does."""

    def is_wrapped(self, spot: Spot, frame: bytes) -> bool:
        """Tell whether a frame at `spot` is in a tunnel between the site's VTEPs: seen there, it has not arrived."""

    def led(self, shot: Shot, stack: ExitStack, refused: Refused) -> None:
        """Put the host route that `shot` needs in place until `stack` closes; it fails as `put` does."""

    def forget_neighbours(self, *, unanswered: bool) -> None:
        """Let every stack forget whom it met, or is asking for; on a live host nothing is made to forget."""

    def pulse(self, token: bytes) -> None:
        """Let every ear hear `token` from its own node; a place from which nothing can be sent is doubted."""

    def silence(self, spot: Spot) -> str | None:
        """Return why `spot` cannot vouch that nothing came out there; None if it can."""


def shoot(ground: Ground, shot: Shot, token: bytes, fate: Fate) -> bytes:
    """Send one copy of `shot` around `token`; return its frame, b"" if the sender's stack makes it.

    Raises OSError or NetproofError if it cannot leave, or tells its `fate`.
    """
    if shot.forerunner:
        spot, frame_ahead, heard_at = shot.forerunner
        ground.precede(spot, frame_ahead.build(ahead_of(token) if heard_at else b""), fate.unprepared)
    if isinstance(shot.load, OwnStack):
        ground.say(shot.sender, shot.load, token, fate)
        return b""
    frame = shot.load.build(token)
    if token not in frame:
        ground.expect(frame[14:])
    if shot.reply:
        ground.hush(shot.at.node, frame, fate.unprepared)
    ground.put(shot.sender, frame, fate)
    return frame


def check_pulse(ear: Hearer) -> None:
    """Doubt an ear that did not hear the pulse sent to it."""
    if ear.pulses and not ear.pulse:
        ear.doubt = ear.doubt or f"{ear.spot.node}: listening at {ear.spot.where} does not hear even itself"
