"""How many neighbours the stacks of a lab may know at once: the tables of a machine's namespaces share one limit.

At 1,024 entries a family (net.ipv4.neigh.default.gc_thresh3) a stack that needs one more cannot send, wherever it is,
and the kernel drops none that is younger than five seconds (6.18). So a proof that needs more flies in lots, and lets
the lab's nodes forget whom they met in between. On a live host nothing is made to forget.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv6Address

from netproof.proof.flight import Flight
from netproof.proof.ground import Ground
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, RawFrame
from netproof.values.address import Address

AT_MOST = {4: 400, 6: 200}
"""Entries that a realm may need in a family, lab and open twin side by side; the rest is for the machine's other work.

In IPv6 the group by which a neighbour is asked for is an entry as well.
"""
_NO_ROOM = {errno.ENOBUFS, errno.EINVAL}
"""What a stack says that cannot have one more neighbour: in IPv4, in IPv6."""

_SYSCTLS = {4: "net.ipv4.neigh.default.gc_thresh3", 6: "net.ipv6.neigh.default.gc_thresh3"}

_BOTH, _ASKED = 2, 1
"""Entries that two need who meet; what is denied is known to the sender alone, as one that it asks for."""
_FAMILIES = {b"\x08\x00": 4, b"\x08\x06": 4, b"\x86\xdd": 6}
_Meeting = tuple[bool, frozenset[Spot | Address]]
"""Who has met whom: whether by link-local addresses, and the two; of a next hop its address."""


class Neighbourhood:
    """Counts the neighbours that stacks come to know. `quiet` returns once all that is denied has had its time."""

    def __init__(self, realm: Ground, quiet: Callable[[], None]) -> None:
        self._realm, self._quiet = realm, quiet
        self._met: dict[int, dict[_Meeting, int]] = {4: {}, 6: {}}
        self._room = dict(AT_MOST)

    def lots(self, flights: Sequence[Flight]) -> Iterator[list[Flight]]:
        """Yield `flights` in lots for which there is room, the stacks being made to forget where there is none.

        Those of the same two come one after the other, so that nobody need be met twice.
        """
        lot: list[Flight] = []
        introduced = [(_family(flight), flight) for flight in flights]
        for version, flight in sorted(introduced, key=_company):
            if version and not self._meet(flight, version):
                yield lot
                self._forget()
                lot = []
                self._meet(flight, version)
            lot.append(flight)
        if lot:
            yield lot

    def make_room(self, lot: Sequence[Flight]) -> None:
        """Have those forget that did, and give another chance to whom there was no room for: others need some, too."""
        starved = [f for f in lot if isinstance(f.shot.load, OwnStack) and f.errno in _NO_ROOM]
        if starved and not self._realm.scene.live:
            self._forget()
            for flight in starved:
                flight.failure = flight.errno = None

    def make_way(self) -> None:
        """Have those forget that met, for what did not arrive: somebody may have found no room to ask for another."""
        if not self._realm.scene.live:
            self._forget()

    def _meet(self, flight: Flight, version: int) -> bool:
        """Note whom the flight introduces, in the family `version`; tell whether there was room for it."""
        met, meeting = self._met[version], _meeting(flight)
        if meeting not in met:
            needed = _needed(flight)
            if needed > self._room[version] and met and not self._realm.scene.live:
                return False
            met[meeting] = needed
            self._room[version] -= needed
        return True

    def _forget(self) -> None:
        """Have all forget whom they met, and, once those alone leave little room, whom they ask for in vain.

        A packet that is denied may wait for such an answer: so not before it has had its time.
        """
        unanswered = any(
            sum(n for n in met.values() if n == _ASKED) > AT_MOST[version] // 4 * 3
            for version, met in self._met.items()
        )
        if unanswered:
            self._quiet()
        self._realm.forget_neighbours(unanswered=unanswered)
        for version, met in self._met.items():
            self._met[version] = {} if unanswered else {m: n for m, n in met.items() if n == _ASKED}
            self._room[version] = AT_MOST[version] - sum(self._met[version].values())


def meets_nobody(flight: Flight) -> bool:
    """Tell whether no stack has to ask for a neighbour because of a flight, in whatever family.

    Others do: the sender's own; and who is to answer a frame that arrives beyond the sender's Ethernet, or is for all
    there, or believes one that lies.
    """
    shot = flight.shot
    if isinstance(shot.load, OwnStack) or shot.to_all:
        return False
    return not flight.must_land or shot.at in shot.innocent


def _family(flight: Flight) -> int | None:
    """Return in which family the flight introduces two to each other; None if in none."""
    load = flight.shot.load
    if meets_nobody(flight):
        return None
    return (load.via or load.to).version if isinstance(load, OwnStack) else _FAMILIES.get(load.build(b"")[12:14])


def _meeting(flight: Flight) -> _Meeting:
    shot, load = flight.shot, flight.shot.load
    if shot.to_all:
        return False, frozenset((shot.sender,))
    hop: Address | Spot = (load.via if isinstance(load, OwnStack) else None) or shot.at
    return isinstance(load, OwnStack) and _is_link_local(load.via or load.to), frozenset((shot.sender, hop))


def _needed(flight: Flight) -> int:
    if flight.shot.to_all:
        return _BOTH * len(flight.shot.innocent)
    return _BOTH if flight.must_land else _ASKED


def _company(introduced: tuple[int | None, Flight]) -> tuple[Spot, ...]:
    """Return the two whom a flight introduces, whichever of them speaks; nobody where no stack has to ask."""
    version, flight = introduced
    return tuple(sorted((flight.shot.sender, flight.shot.at))) if version else ()


def refusal(load: RawFrame | OwnStack, error: Exception) -> str:
    """Return why `load` could not be sent: that there is no room for a neighbour the kernel says in riddles."""
    if isinstance(load, OwnStack) and isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"{error}: the neighbours of all namespaces here are as many as {_SYSCTLS[load.to.version]} allows"
    return str(error)


def _is_link_local(hop: Address) -> bool:
    return isinstance(hop, IPv6Address) and hop.is_link_local
