"""Live hosts far away as one ground: what is to be done at a spot is asked of the outpost that stands there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

from netproof.errors import CannotError, NetproofError
from netproof.proof.farvantage import FarVantage
from netproof.proof.ground import Fate, Hear, Refused, Take
from netproof.proof.line import FarEar, Line
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, Shot
from netproof.proof.scene import Scene, absent
from netproof.proof.testimony import text_if_any
from netproof.site.model import Site
from netproof.values.address import Address


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be asked of `line` once every other line has done so many of its orders: `needs`.

    It is told when it `went`; else it is done before anything is asked that is wished for later.
    """

    line: Line
    asked: tuple[object, ...]
    needs: Mapping[Line, int]
    refused: Refused
    went: Callable[[], None] | None


class League:
    """The hosts at the far ends of `lines`, greeted already, and their endpoints.

    Addresses that are `spoken_for`, though the site does not name them, are nobody's to forge.
    """

    def __init__(self, site: Site, lines: Sequence[Line], spoken_for: Collection[Address] = ()) -> None:
        self._lines = lines
        self._line_of = {node: line for line in lines for node in line.nodes}
        self._expected: set[bytes] = set()
        self._wishes: deque[_Wish] = deque()
        self._needs: dict[Line, int] = {}
        self._doubts: dict[Spot, str] | None = None
        self._precedent: dict[Line, int] = {}
        self.ears: list[FarEar] = [ear for line in lines for ear in line.ears]
        vantages = {node: FarVantage(node, line) for node, line in self._line_of.items()}
        self.scene = Scene(site, vantages, live=True, spoken_for=spoken_for)
        self._foresee()

    def _foresee(self) -> None:
        """Have every outpost look up what the scene will want to know of its nodes."""
        for node, line in self._line_of.items():
            with suppress(CannotError):  # it is lost: whatever is asked will say so
                line.foresee("links", node)
                for ifname in ("eth0",) if node in self.scene.site.endpoints else self.scene.bridges(node):
                    line.foresee("mac", node, ifname)

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
            yield from ((descriptor, partial(self._hear, hear)) for descriptor, hear in line.sources())

    def _hear(self, hear: Hear, take: Take) -> bool:
        is_open = hear(take)
        self._grant()
        return is_open

    def is_busy(self) -> bool:
        """Tell whether an outpost that is still there has to do something yet."""
        self._grant()
        return bool(self._wishes) or any(line.is_busy() for line in self._lines)

    def _finish(self) -> None:
        """Return once nothing is to be done any more."""
        while self.is_busy():
            for line in self._lines:
                with suppress(CannotError):
                    line.finish()

    def catch_up(self) -> None:
        """Hear from every outpost that is still there: before its answer comes whatever it had heard."""
        self._ask_all("catch_up")
        self._finish()

    def put(self, spot: Spot, frame: bytes, fate: Fate) -> None:
        """Have `frame` put on the wire at `spot`. Raises CannotError if nobody is there."""
        self._wish((fate.refused, fate.went), spot.node, "put", *spot, frame.hex())

    def precede(self, spot: Spot, frame: bytes, refused: Refused) -> None:
        """Have `frame` put on the wire before anything is, on any host, that is asked for later."""
        self._wish((refused, None), spot.node, "put", *spot, frame.hex())

    def say(self, sender: Spot, load: OwnStack, token: bytes, fate: Fate) -> None:
        """Have the stack at `sender` send a ping around `token`. Raises CannotError if nobody is there."""
        self._wish((fate.refused, fate.went), sender.node, "say", *sender, _written(load), token.hex())

    def expect(self, packet: bytes) -> None:
        """Have `packet`, which bears no mark, told of by whoever hears it, before it is sent anywhere."""
        if packet not in self._expected:
            self._expected.add(packet)
            self._needs |= self._ask_all("expect", packet.hex())

    def hush(self, node: str, frame: bytes, refused: Refused) -> None:
        """Let the stack of `node` say nothing to a TCP segment that we answer, before that is sent."""
        line = self._at(node)
        self._needs[line] = line.order(refused, "hush", node, frame.hex())

    def _ask_all(self, *asked: str) -> dict[Line, int]:
        """Ask every outpost that is still there; return the numbers of these orders."""
        numbers = {}
        for line in self._lines:
            with suppress(CannotError):  # who is lost hears nothing, and is doubted
                numbers[line] = line.order(_forgo, *asked)
        return numbers

    def _wish(self, told: tuple[Refused, Callable[[], None] | None], node: str, *asked: object) -> None:
        self._wishes.append(_Wish(self._at(node), asked, {**self._needs}, *told))
        self._grant()

    def _grant(self) -> None:
        """Order what was wished for, in that order, up to what has to wait until something else is done elsewhere."""
        while self._wishes and self._is_ripe(self._wishes[0]):
            wish = self._wishes.popleft()
            try:
                number = wish.line.order(wish.refused, *wish.asked)
            except CannotError as error:
                wish.refused(error)
            else:
                if wish.went:
                    wish.went()
                else:
                    self._precedent[wish.line] = number

    def _is_ripe(self, wish: _Wish) -> bool:
        awaited = (*wish.needs.items(), *self._precedent.items())
        return wish.line.has_room() and all(line is wish.line or line.answered >= number for line, number in awaited)

    def is_wrapped(self, spot: Spot, frame: bytes) -> bool:  # noqa: ARG002  # of every ground
        """Tell that it is not: only stations hear tunnels pass, and none is watched on live hosts."""
        return False

    def led(self, shot: Shot, stack: ExitStack, refused: Refused) -> None:
        """Have the host route that `shot` needs put in place, and taken away once `stack` closes."""
        if isinstance(shot.load, OwnStack) and shot.load.via:
            line, node = self._at(shot.sender.node), shot.sender.node
            route = node, str(shot.load.to), str(shot.load.via), shot.sender.where
            line.order(refused, "lead", *route)
            stack.callback(line.order, refused, "unlead", *route)

    def forget_neighbours(self, *, unanswered: bool) -> None:
        """Do nothing: a live host is not made to forget whom it met."""

    def pulse(self, token: bytes) -> None:
        """Let every ear hear `token` from its own node."""
        for ear in self.ears:
            ear.pulse = False
        self._ask_all("pulse", token.hex())  # the ears of whoever is cut off are doubted anyway
        self._finish()

    def silence(self, spot: Spot) -> str | None:
        """Return why `spot` cannot vouch that nothing came out there, as it is when first asked; None if it can."""
        try:
            return self._told_doubts().get(spot) or self._at(spot.node).learn(text_if_any, "silence", *spot)
        except (OSError, NetproofError) as error:
            return str(error)

    def _told_doubts(self) -> dict[Spot, str]:
        """Return what is known here against the silence of ears; what the outposts know is asked of all at once."""
        if self._doubts is None:
            self._doubts = {ear.spot: ear.doubt for ear in reversed(self.ears) if ear.doubt}
            for ear in self.ears:
                with suppress(CannotError):
                    ear.line.foresee("silence", *ear.spot)
        return self._doubts

    def _at(self, node: str) -> Line:
        if node not in self._line_of:
            raise CannotError(absent(node))
        return self._line_of[node]


def _written(load: OwnStack) -> dict[str, str | int | None]:
    """Return what an outpost is told of a ping: addresses as text."""
    addresses = {"to": load.to, "via": load.via, "source": load.source, "chosen": load.chosen}
    return {"size": load.size, **{name: str(a) if a else None for name, a in addresses.items()}}


def _forgo(_error: object) -> None:
    """Do nothing: who is cut off, or refuses, is doubted for what comes of it."""
