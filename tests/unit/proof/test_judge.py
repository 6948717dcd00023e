"""The judge on made-up tallies: every way in which silence proves nothing is inconclusive, never kept."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from netproof.proof.claim import Claim
from netproof.proof.claims import probes
from netproof.proof.flight import Flight
from netproof.proof.judge import judge
from netproof.proof.parties import Spot
from netproof.proof.probe import OwnStack, RawFrame, Shot
from netproof.proof.trial import Trial

SENDER, RECEIVER, ELSEWHERE = Spot("vm1", "eth0"), Spot("hv1", "ipv4 stack"), Spot("pdu", "eth0")


@dataclass
class FakeRealm:
    """A realm whose ears say what they are told to."""

    silences: dict[Spot, str] = field(default_factory=dict)

    def silence(self, spot: Spot) -> str | None:
        """Return the given doubt."""
        return self.silences.get(spot)


def flight(landed: int = 0, *, realm: FakeRealm | None = None, own_stack: bool = False, **bends: Any) -> Flight:
    """Return the tally of four copies that left, of which the first `landed` arrived."""
    load = OwnStack(None) if own_stack else RawFrame(bytes)  # type: ignore[arg-type]  # the judge never looks at it
    tally = Flight(Shot("192.0.2.1", SENDER, load, RECEIVER), realm or FakeRealm(), must_land=False)  # type: ignore[arg-type]  # a fake
    tally.sent, tally.departed, tally.landed = [0.0] * 4, set(range(4)), set(range(landed))
    for name, value in bends.items():
        setattr(tally, name, value)
    return tally


def trial(flights: list[Flight], lifted: list[Flight] | None = None, *, reach: bool = False, **bends: Any) -> Trial:
    """Return a claim on trial with the control *lifted*, by default one that arrived."""
    kind, name = ("reach", "echo") if reach else ("isolation", "neigh-right-mac")
    claim = Claim(f"{kind}/vm1/hv1/{name}/ipv4", kind, "vm1", "hv1", name, "ipv4", "deliver" if reach else "deny")  # type: ignore[arg-type]  # literals
    made = Trial(claim, probes()[name], None if reach else "lifted", flights)
    made.lifted = [] if reach else ([flight(4)] if lifted is None else lifted)
    for key, value in bends.items():
        setattr(made, key, value)
    return made


def test_silence_with_its_control_is_kept() -> None:
    """Four left, none arrived, the same four arrived in the open twin."""
    judgement = judge(trial([flight()]))
    assert judgement.verdict == "kept"
    assert judgement.evidence == "4 sent, 0 delivered; control lifted: 4 of 4 delivered"


def test_one_packet_where_it_must_not_be_is_broken() -> None:
    """One copy of one address is enough, whatever the control says."""
    assert judge(trial([flight(), flight(1)])).verdict == "broken"
    assert judge(trial([flight(1)], [flight(0)])).verdict == "broken"


def test_a_packet_that_comes_out_elsewhere_is_broken() -> None:
    """Not at the target, but where it must not be either."""
    leak = flight()
    leak.leaked[ELSEWHERE] = 2
    judgement = judge(trial([leak]))
    assert (judgement.verdict, "2 at pdu (eth0)" in judgement.evidence) == ("broken", True)


DOUBTS: dict[str, Callable[[], Trial]] = {
    "no twin": lambda: trial([flight()], missing="there is no open twin"),
    "no controls at all": lambda: trial([flight()], []),
    "control did not arrive": lambda: trial([flight()], [flight(0)]),
    "one of two controls did not arrive": lambda: trial([flight(), flight()], [flight(4), flight(0)]),
    "control could not be sent": lambda: trial([flight()], [flight(1, failure="no")]),
    "nothing to send": lambda: trial([]),
    "could not be prepared": lambda: trial([flight()], failure="vm1: gone"),
    "a copy could not be sent": lambda: trial([flight(failure="vm1: cannot send")]),
    "nothing was sent": lambda: trial([flight(sent=[], departed=set())]),
    "not seen to leave": lambda: trial([flight(departed=set())]),
    "one copy not seen to leave": lambda: trial([flight(departed={0, 1, 2})]),
    "stack never asked": lambda: trial([flight(own_stack=True, departed=set(), asked=False)]),
    "receiver deaf": lambda: trial([flight(realm=FakeRealm({RECEIVER: "hv1: deaf"}))]),
    "sender at a cut wire": lambda: trial([flight(realm=FakeRealm({SENDER: "vm1: nothing can be sent"}))]),
    "ends never flown": lambda: trial([flight()], [], control="ends", ends=[]),
    "end missing before": lambda: trial([flight()], control="ends", ends=[(flight(0), flight(4))]),
    "end missing in the twin": lambda: trial([flight()], [flight(0)], control="ends", ends=[(flight(4), flight(4))]),
    "prelude did not land": lambda: trial([flight()], prelude=[flight(0)]),
    "prelude is stale": lambda: trial([flight(sent=[9.0] * 3 + [11.0])], prelude=[flight(4)]),
    "end missing after": lambda: trial([flight()], control="ends", ends=[(flight(4), flight(0))]),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_silence_in_doubt_is_inconclusive(doubt: str) -> None:
    """Whatever keeps silence from being a proof makes the claim inconclusive."""
    assert judge(DOUBTS[doubt]()).verdict == "inconclusive"


def test_denial_that_leans_on_what_has_just_been_is_kept() -> None:
    """A prelude that arrived counts for some seconds."""
    assert judge(trial([flight(sent=[9.0] * 4)], prelude=[flight(4)])).verdict == "kept"


def test_stack_that_asked_in_vain_was_tried() -> None:
    """A sender whose own ARP got no answer did its part: that is what a closed way looks like."""
    assert judge(trial([flight(own_stack=True, departed=set(), asked=True)])).verdict == "kept"


def test_ends_seen_before_and_after_are_a_control() -> None:
    """Both ends alive, before and after."""
    assert judge(trial([flight()], [], control="ends", ends=[(flight(4), flight(1))])).verdict == "kept"


@pytest.mark.parametrize(
    ("flights", "verdict"),
    [
        ([4, 4], "kept"),
        ([0, 0], "broken"),
        ([4, 0], "broken"),
        ([4, 3], "inconclusive"),
    ],
)
def test_reach_is_kept_if_all_arrive_and_broken_if_an_address_gets_none(flights: list[int], verdict: str) -> None:
    """What arrives in part is not known."""
    assert judge(trial([flight(n) for n in flights], reach=True)).verdict == verdict


def test_reach_without_a_route_is_broken_and_without_a_sender_inconclusive() -> None:
    """The network's refusal is an outcome, a lost vantage is not."""
    unreachable = flight(failure="vm1: Network is unreachable", errno=errno.ENETUNREACH)
    lost = flight(failure="vm1: gone", sent=[], departed=set())
    assert judge(trial([unreachable], reach=True)).verdict == "broken"
    assert judge(trial([lost], reach=True)).verdict == "inconclusive"


def _sized(flights: list[Flight], *, deliver: bool = False) -> Trial:
    kind, name = "mtu", "full-frame" if deliver else "over-full"
    claim = Claim(f"mtu/vm1/vm2/{name}/ipv4", kind, "vm1", "vm2", name, "ipv4", "deliver" if deliver else "deny")  # type: ignore[arg-type]  # literals
    made = Trial(claim, probes()[name], None if deliver else "ends", flights)
    made.ends = [(flight(4), flight(4))]
    return made


def _refused() -> Flight:
    return flight(sent=[], departed=set(), failure="vm1: cannot send: too long", errno=errno.EMSGSIZE, own_stack=True)


def test_a_packet_that_its_own_stack_finds_too_large_is_denied_where_size_is_tried() -> None:
    """Refused is denied for what is too large, with the full one as control, and broken for what must pass."""
    assert judge(_sized([_refused()])).verdict == "kept"
    assert "refused as too large" in judge(_sized([_refused()])).evidence
    assert judge(_sized([_refused()], deliver=True)).verdict == "broken"
    assert judge(_sized([flight(1, own_stack=True)])).verdict == "broken"


def test_a_refusal_for_its_size_keeps_nothing_else() -> None:
    """A guest with a tiny MTU sends no attack: that is no denial of it."""
    assert judge(trial([_refused()])).verdict == "inconclusive"
    lost = _sized([_refused()])
    lost.ends = [(flight(4), flight(0))]
    assert judge(lost).verdict == "inconclusive"
