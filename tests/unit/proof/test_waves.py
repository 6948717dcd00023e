"""What is sent together: alike packets once, poisons that share nobody at once, own stacks as there is room."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_interface
from types import SimpleNamespace
from typing import Any

import pytest

from netproof.proof.flight import Flight
from netproof.proof.neighbourhood import AT_MOST, Neighbourhood, refusal
from netproof.proof.parties import Spot, Stand
from netproof.proof.probe import Answer, OwnStack, RawFrame, Shot
from netproof.proof.trial import apart
from netproof.proof.volleys import Volleys, Wave

A, B, C, D = (Spot(name, "eth0") for name in "abcd")
INNOCENT = frozenset({B})


@dataclass
class FakeRealm:
    """A realm that notes whenever it is made to forget."""

    live: bool = False
    forgotten: list[bool] = field(default_factory=list)
    scene: Any = field(init=False)

    def __post_init__(self) -> None:
        self.scene = SimpleNamespace(live=self.live)

    def forget_neighbours(self, *, unanswered: bool) -> None:
        """Note it."""
        self.forgotten.append(unanswered)


def flight(at: Spot, said: bytes = b"x", realm: Any = None, **bends: Any) -> Flight:
    """Return a flight from `A` to `at`, nothing sent yet."""
    shot = Shot("somewhere", A, RawFrame(lambda token: said + token), at, INNOCENT, **bends)
    return Flight(shot, realm or REALM, must_land=False)


REALM: Any = FakeRealm()


def numbers(volleys: Volleys, *flights: Flight, wave: Wave = Wave.MAIN) -> list[int]:
    """Board the flights, and return the numbers of their packets."""
    for each in flights:
        volleys.board(each, wave)
    return [each.number for each in flights]


def test_alike_packets_of_one_wave_are_sent_once() -> None:
    """Other places to look for them make no other packet; other bytes, another realm or another wave do."""
    volleys = Volleys()
    same = [flight(C), flight(D)]
    assert numbers(volleys, *same) == [0, 0]
    assert numbers(volleys, flight(C, b"y"), flight(C, realm=FakeRealm())) == [1, 2]
    assert numbers(volleys, flight(C), wave=Wave.AFTER) == [3]
    assert numbers(volleys, flight(C), flight(C), wave=Wave.ALONE) == [4, 5]
    assert same[0].sent is same[1].sent
    assert same[0].landed is not same[1].landed


def test_a_packet_whose_answer_counts_is_its_own() -> None:
    """Who looks for more than the packet itself shares it with nobody."""
    answer = Answer(ip_address("192.0.2.1"), ip_address("192.0.2.2"), frozenset())
    assert numbers(Volleys(), flight(C), flight(C, answer=answer), flight(C)) == [0, 1, 0]


def test_a_packet_seen_where_it_may_be_concerns_nobody() -> None:
    """At a hearer, or where nobody holds it innocent, it concerns all whose packet it is."""
    volleys = Volleys()
    both = [flight(C), flight(D)]
    numbers(volleys, *both)
    assert volleys.concerned(0, B, outgoing=False) == []
    assert volleys.concerned(0, C, outgoing=False) == both
    assert volleys.concerned(0, Spot("e", "eth0"), outgoing=False) == both
    assert volleys.concerned(99, C, outgoing=False) == []


def lie(at: Spot, about: str, segment: str = "blue") -> Any:
    """Return a trial of one lie told at `at` about somebody."""
    interfaces = (ip_interface("192.0.2.9/24"),)
    told = flight(at, about=(Stand(about, "eth0" if about else "", segment, interfaces),))
    return SimpleNamespace(flights=[told])


def test_lies_that_share_nobody_are_told_at_once() -> None:
    """Neither hearer nor victim of one is in another; of nobody's identity there is one a segment."""
    one, two, three = lie(B, "c"), lie(D, "e"), lie(C, "f")
    assert list(apart([one, two, three])) == [[one, two], [three]]
    reserved = [lie(B, ""), lie(C, ""), lie(D, "", "red")]
    assert list(apart(reserved)) == [[reserved[0], reserved[2]], [reserved[1]]]


def pings(count: int, realm: Any, *, must_land: bool = True) -> list[Flight]:
    """Return pings to so many neighbours, each known at both ends where they land."""
    to = ip_address("192.0.2.1")
    shots = [Shot("x", A, OwnStack(to), Spot(f"n{i:04}", "eth0")) for i in range(count)]
    return [Flight(shot, realm, must_land=must_land) for shot in shots]


def test_stacks_forget_before_there_is_no_more_room() -> None:
    """What needs more neighbours than a machine holds flies in lots; what is known needs no room again."""
    realm, quiet = FakeRealm(), []
    neighbours = Neighbourhood(realm, lambda: quiet.append(True))  # type: ignore[arg-type]  # a fake
    room = AT_MOST[4] // 2
    every = pings(room + 1, realm)
    assert [len(lot) for lot in neighbours.lots([*every, every[-1]])] == [room, 2]
    assert (realm.forgotten, quiet) == ([False], [])


def test_those_who_meet_again_fly_together() -> None:
    """Between lots everybody is forgotten: whoever is met in two of them needs room twice."""
    realm = FakeRealm()
    neighbours = Neighbourhood(realm, lambda: None)  # type: ignore[arg-type]  # a fake
    room = AT_MOST[4] // 2
    every = pings(room + 1, realm)
    back = [replace(f, shot=replace(f.shot, sender=f.shot.at, at=f.shot.sender)) for f in every]
    assert [len(lot) for lot in neighbours.lots([*every, *back])] == [2 * room, 2]


def test_what_is_asked_for_in_vain_is_forgotten_last_and_late() -> None:
    """A denied packet waits for an answer: no answer may come to a stack that was made to forget its question."""
    realm, quiet = FakeRealm(), []
    neighbours = Neighbourhood(realm, lambda: quiet.append(True))  # type: ignore[arg-type]  # a fake
    assert len(list(neighbours.lots(pings(AT_MOST[4] + 1, realm, must_land=False)))) == 2
    assert (realm.forgotten, quiet) == ([True], [True])


def test_stacks_of_a_live_host_forget_nothing() -> None:
    """Its neighbours are its own."""
    realm = FakeRealm(live=True)
    neighbours = Neighbourhood(realm, lambda: None)  # type: ignore[arg-type]  # a fake
    assert len(list(neighbours.lots(pings(AT_MOST[4], realm)))) == 1
    starved = pings(1, realm)
    starved[0].failure, starved[0].errno = "no room", errno.ENOBUFS
    neighbours.make_room(starved)
    assert (realm.forgotten, starved[0].failure) == ([], "no room")


def test_who_found_no_room_is_given_another_chance() -> None:
    """The limit is the whole machine's: somebody else may have taken what was left."""
    realm = FakeRealm()
    starved = pings(1, realm)
    starved[0].failure, starved[0].errno = "no room", errno.EINVAL
    Neighbourhood(realm, lambda: None).make_room(starved)  # type: ignore[arg-type]  # a fake
    assert (realm.forgotten, starved[0].failure, starved[0].errno) == ([False], None, None)


@pytest.mark.parametrize(
    ("number", "to", "told"),
    [
        (errno.EINVAL, "2001:db8::1", "net.ipv6.neigh.default.gc_thresh3"),
        (errno.ENOBUFS, "192.0.2.1", "net.ipv4.neigh.default.gc_thresh3"),
        (errno.ENETDOWN, "192.0.2.1", "is down"),
    ],
)
def test_refusal_names_the_limit_of_neighbours(number: int, to: str, told: str) -> None:
    """What the kernel calls an invalid argument is a table that others filled."""
    assert refusal(OwnStack(ip_address(to)), OSError(number, os.strerror(number))).find(told) > 0
