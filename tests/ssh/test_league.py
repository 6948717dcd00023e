"""Hosts far away as one ground: what has to come first, on whatever host, comes first; nothing else is waited for."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from netproof.proof.dispatch import Inbox, say
from netproof.proof.ground import Fate
from netproof.proof.league import League
from netproof.proof.line import Line
from netproof.proof.parties import Spot
from netproof.site.load import parse_site

SITE = b"""
netproof: 1
site: league
networks: {core: {subnets: [203.0.113.0/24]}}
hosts:
  h1: {vtep: eth0, nics: {eth0: {network: core, addresses: [203.0.113.1/24]}}}
  h2: {vtep: eth0, nics: {eth0: {network: core, addresses: [203.0.113.2/24]}}}
segments: {blue: {subnets: [192.0.2.0/24], vni: 100, overlay: flood}}
endpoints:
  a1: {host: h1, segment: blue, addresses: [192.0.2.1/24]}
  a2: {host: h2, segment: blue, addresses: [192.0.2.2/24]}
"""
A1, A2 = Spot("a1", "eth0"), Spot("a2", "eth0")


class Far:
    """Who answers at the far end of a line, when told to."""

    def __init__(self, host: str, endpoint: str) -> None:
        ours, self._far = socket.socketpair()
        self._far.setblocking(False)
        self._ours, self._inbox = ours, Inbox()
        self.line = Line(host, ours.fileno(), ours.fileno(), lambda: "it is gone")
        ears = [{"spot": [endpoint, "eth0"], "pulses": True, "packets": True}]
        nobody = {"cut_off": {}, "shadows": [], "told": []}
        greeting = {**nobody, "nodes": [host, endpoint], "kernel": "6.1", "ears": ears}
        self.answer(greeting)
        self.line.be_answered({host, endpoint})

    def asked(self) -> list[str]:
        """Return what has been asked for since."""
        try:
            return [what for what, *_ in self._inbox.feed(self._far.recv(1 << 20))]
        except BlockingIOError:
            return []

    def answer(self, *done: object) -> None:
        """Answer so many, that this was done."""
        say(self._far.fileno(), *({"done": each} for each in done))

    def refuse(self, why: str) -> None:
        """Answer that something could not be done."""
        say(self._far.fileno(), {"failed": why, "errno": 90})

    def hang_up(self) -> None:
        """Say no more."""
        self._far.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Be gone."""
        self.line.end()
        self._ours.close()
        self._far.close()


@pytest.fixture
def hosts() -> Iterator[tuple[League, Far, Far]]:
    """Two hosts that have told what was to be known of them."""
    with ExitStack() as stack:
        one, two = Far("h1", "a1"), Far("h2", "a2")
        stack.callback(one.close)
        stack.callback(two.close)
        league = League(parse_site(SITE, "site.yaml"), [one.line, two.line])
        for far in (one, two):
            far.answer(*[None] * len(far.asked()))
        _listen(league)
        assert not league.is_busy()
        yield league, one, two


def _listen(league: League) -> None:
    """Take in what has come."""
    sources = dict(league.sources())
    for descriptor in select.select(sources, [], [], 0)[0]:
        sources[descriptor](lambda *_: None)


class Told:
    """What was told of a packet."""

    def __init__(self) -> None:
        self.went = 0
        self.errors: list[str] = []
        self.fate = Fate(self._go, lambda error: self.errors.append(str(error)), pytest.fail)

    def _go(self) -> None:
        self.went += 1


def test_many_packets_leave_before_any_answer(hosts: tuple[League, Far, Far]) -> None:
    """Each host sends its own in their order; when one refuses, that is told of its packet alone."""
    league, one, two = hosts
    told = [Told() for _ in range(6)]
    for packet, spot in zip(told, (A1, A1, A2, A1, A2, A1), strict=True):
        league.put(spot, b"mark", packet.fate)
    assert (one.asked(), two.asked()) == (["put"] * 4, ["put"] * 2)
    assert [packet.went for packet in told] == [1] * 6
    one.answer(None)
    one.refuse("Message too long")
    _listen(league)
    assert [packet.errors for packet in told] == [[], ["[Errno 90] Message too long"], [], [], [], []]
    assert league.is_busy()
    one.answer(None, None)
    two.answer(None, None)
    _listen(league)
    assert not league.is_busy()


def test_packet_without_a_mark_leaves_once_every_host_knows_it(hosts: tuple[League, Far, Far]) -> None:
    """Where it came out before that, nobody would tell, and a leak would be taken for silence."""
    league, one, two = hosts
    packet = Told()
    league.expect(b"plain")
    league.put(A1, b"plain", packet.fate)
    assert (one.asked(), two.asked(), packet.went) == (["expect"], ["expect"], 0)
    one.answer(None)
    _listen(league)
    assert one.asked() == []
    assert league.is_busy()
    two.answer(None)
    _listen(league)
    assert (one.asked(), two.asked(), packet.went) == (["put"], [], 1)


def test_stack_of_another_host_is_hushed_before_it_is_asked(hosts: tuple[League, Far, Far]) -> None:
    """Its reset would be there before our answer."""
    league, one, two = hosts
    league.hush("a2", b"question", pytest.fail)
    league.put(A1, b"question", Told().fate)
    assert (one.asked(), two.asked()) == ([], ["hush"])
    two.answer(None)
    _listen(league)
    assert one.asked() == ["put"]


def test_forerunner_on_another_host_comes_first(hosts: tuple[League, Far, Far]) -> None:
    """The lie is told before the truth that would follow it, copy by copy; elsewhere nothing overtakes them."""
    league, one, two = hosts
    for _ in range(2):
        league.precede(A2, b"lie", pytest.fail)
        league.put(A1, b"truth", Told().fate)
    assert (one.asked(), two.asked()) == ([], ["put"])
    two.answer(None)
    _listen(league)
    assert (one.asked(), two.asked()) == (["put"], ["put"])
    two.answer(None)
    _listen(league)
    assert one.asked() == ["put"]


def test_what_waits_for_a_lost_host_is_told(hosts: tuple[League, Far, Far]) -> None:
    """Whatever was to leave there is refused; what waited for its answer goes on, and its ears are doubted."""
    league, one, two = hosts
    lost, other = Told(), Told()
    league.expect(b"plain")
    league.put(A2, b"plain", lost.fate)
    league.put(A1, b"plain", other.fate)
    one.answer(None)
    two.hang_up()
    _listen(league)
    assert lost.errors == ["h2: the connection is lost: it is gone"]
    assert one.asked() == ["expect", "put"]
    assert [ear.doubt for ear in league.ears] == [None, "h2: the connection is lost: it is gone"]


def test_packets_for_which_there_is_no_room_yet_are_not_said_to_have_gone(
    hosts: tuple[League, Far, Far], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their time begins when they are asked for: else what waits here would be taken for slow over there."""
    monkeypatch.setattr("netproof.proof.line._WINDOW", 2)
    league, one, _ = hosts
    told = [Told() for _ in range(3)]
    for packet in told:
        league.put(A1, b"mark", packet.fate)
    assert [packet.went for packet in told] == [1, 1, 0]
    one.answer(None)
    _listen(league)
    assert [packet.went for packet in told] == [1, 1, 1]
