"""Live hosts far away as one ground: what is to be done at a spot is asked of the outpost that stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress

from netproof.errors import CannotError, NetproofError
from netproof.proof.ground import Hear
from netproof.proof.line import FarEar, FarVantage, Line
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, Shot
from netproof.proof.scene import Scene, absent
from netproof.proof.testimony import text_if_any
from netproof.proof.vantage import MARK
from netproof.site.model import Site


class League:
    """The hosts at the far ends of `lines`, greeted already, and their endpoints."""

    def __init__(self, site: Site, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._line_of = {node: line for line in lines for node in line.nodes}
        self._silence: dict[Spot, str | None] = {}
        self._expected: set[bytes] = set()
        self.ears: list[FarEar] = [ear for line in lines for ear in line.ears]
        self.scene = Scene(site, {node: FarVantage(node, line) for node, line in self._line_of.items()}, live=True)

    @property
    def kernel(self) -> str:
        """The kernels that the hosts run on, each named once."""
        return ", ".join(sorted({line.kernel for line in self._lines}))

    def open(self) -> None:
        """Do nothing: the outposts opened theirs when they were greeted."""

    def close(self) -> None:
        """Do nothing: each outpost closes its own when its line ends."""

    def sources(self) -> Iterator[tuple[int, Hear]]:
        """Yield both places of every line at which something is to be heard."""
        for line in self._lines:
            yield from line.sources()

    def catch_up(self) -> None:
        """Hear from every outpost that is still there: before its answer comes whatever it had heard."""
        for line in self._lines:
            with suppress(OSError, NetproofError):
                line.ask("catch_up")

    def put(self, spot: Spot, frame: bytes) -> None:
        """Put `frame` on the wire at `spot`. Raises OSError or CannotError if it cannot leave."""
        self._at(spot.node).ask("put", *spot, frame.hex())

    def say(self, sender: Spot, load: OwnStack, token: bytes) -> None:
        """Have the stack at `sender` send a ping around `token`. Raises OSError or CannotError if it cannot leave."""
        self._at(sender.node).ask("say", *sender, _written(load), token.hex())

    def expect(self, packet: bytes) -> None:
        """Have `packet`, which bears no mark, told of by whoever hears it."""
        if packet not in self._expected:
            self._expected.add(packet)
            for line in self._lines:
                with suppress(OSError, NetproofError):  # who is lost hears nothing, and is doubted
                    line.ask("expect", packet.hex())

    def hush(self, node: str, frame: bytes) -> None:
        """Let the stack of `node` say nothing to a TCP segment that we answer. Raises OSError or CannotError."""
        self._at(node).ask("hush", node, frame.hex())

    def is_wrapped(self, spot: Spot, frame: bytes) -> bool:  # noqa: ARG002  # of every ground
        """Tell that it is not: only stations hear tunnels pass, and none is watched on live hosts."""
        return False

    def led(self, shot: Shot, stack: ExitStack) -> None:
        """Put the host route that `shot` needs in place until `stack` closes. Raises OSError or CannotError."""
        if isinstance(shot.load, OwnStack) and shot.load.via:
            vantage = self.scene.vantage(shot.sender.node)
            stack.enter_context(vantage.route(str(shot.load.to), str(shot.load.via), shot.sender.where, MARK))

    def forget_neighbours(self, *, unanswered: bool) -> None:
        """Do nothing: a live host is not made to forget whom it met."""

    def pulse(self, token: bytes) -> None:
        """Let every ear hear `token` from its own node."""
        for ear in self.ears:
            ear.pulse = False
        for line in self._lines:
            with suppress(OSError, NetproofError):  # its ears are doubted: they are cut off
                line.ask("pulse", token.hex())

    def silence(self, spot: Spot) -> str | None:
        """Return why `spot` cannot vouch that nothing came out there, as it is when first asked; None if it can."""
        if spot not in self._silence:
            self._silence[spot] = self._why_silent(spot)
        return self._silence[spot]

    def _why_silent(self, spot: Spot) -> str | None:
        doubt = next((ear.doubt for ear in self.ears if ear.spot == spot and ear.doubt), None)
        try:
            return doubt or self._at(spot.node).learn(text_if_any, "silence", *spot)
        except (OSError, NetproofError) as error:
            return str(error)

    def _at(self, node: str) -> Line:
        if node not in self._line_of:
            raise CannotError(absent(node))
        return self._line_of[node]


def _written(load: OwnStack) -> dict[str, str | int | None]:
    """Return what an outpost is told of a ping: addresses as text."""
    addresses = {"to": load.to, "via": load.via, "source": load.source, "chosen": load.chosen}
    return {"size": load.size, **{name: str(a) if a else None for name, a in addresses.items()}}
