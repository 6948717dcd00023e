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
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack
from netproof.proof.realm import Realm
from netproof.values.address import Address

AT_MOST = {4: 800, 6: 400}
"""Entries that a proof may need in a family; the rest is for the lab itself and all else on the machine.

In IPv6 the group by which a neighbour is asked for is an entry as well.
"""
_NO_ROOM = {errno.ENOBUFS, errno.EINVAL}
"""What a stack says that cannot have one more neighbour: in IPv4, in IPv6."""

_BOTH, _ASKED = 2, 1
"""Entries that two need who meet; what is denied is known to the sender alone, as one that it asks for."""
_Meeting = tuple[int, bool, frozenset[Spot]]
"""Who has met whom: a realm, whether by link-local addresses, and the two."""


class Neighbourhood:
    """Counts the neighbours that own stacks come to know. `quiet` returns once all that is denied has had its time."""

    def __init__(self, realms: Sequence[Realm], quiet: Callable[[], None]) -> None:
        self._realms, self._quiet = realms, quiet
        self._met: dict[int, dict[_Meeting, int]] = {4: {}, 6: {}}

    def lots(self, flights: Sequence[Flight]) -> Iterator[list[Flight]]:
        """Yield `flights` in lots for which there is room, the stacks being made to forget where there is none."""
        lot: list[Flight] = []
        for flight in flights:
            if isinstance(flight.shot.load, OwnStack) and not self._meet(flight, flight.shot.load):
                yield lot
                self._forget()
                lot = []
                self._meet(flight, flight.shot.load)
            lot.append(flight)
        if lot:
            yield lot

    def make_room(self, lot: Sequence[Flight]) -> None:
        """Have those forget that did, and give another chance to whom there was no room for: others need some, too."""
        starved = [f for f in lot if isinstance(f.shot.load, OwnStack) and f.errno in _NO_ROOM]
        if starved and not starved[0].realm.scene.live:
            self._forget()
            for flight in starved:
                flight.failure = flight.errno = None

    def _meet(self, flight: Flight, load: OwnStack) -> bool:
        """Note whom the flight introduces; tell whether there was room for it."""
        hop = load.via or load.to
        met = self._met[hop.version]
        meeting = (id(flight.realm), _is_link_local(hop), frozenset((flight.shot.sender, flight.shot.at)))
        if meeting not in met:
            needed = _BOTH if flight.must_land else _ASKED
            if sum(met.values()) + needed > AT_MOST[hop.version] and met and not flight.realm.scene.live:
                return False
            met[meeting] = needed
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
        for realm in self._realms:
            realm.forget_neighbours(unanswered=unanswered)
        for version, met in self._met.items():
            self._met[version] = {} if unanswered else {m: n for m, n in met.items() if n == _ASKED}


def _is_link_local(hop: Address) -> bool:
    return isinstance(hop, IPv6Address) and hop.is_link_local
