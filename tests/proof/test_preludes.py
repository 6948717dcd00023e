"""What a claim leans on is there when it is tried: however much else is, and in every copy."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from netproof.proof import engine as engines
from netproof.proof.claims import claims
from netproof.proof.engine import FEWER, Engine
from netproof.proof.flight import Flight
from netproof.proof.prove import prove
from proof.tiers import HOST, RULES, site, tiers
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

FORGETFUL = ("tcp_timeout_syn_recv", "tcp_timeout_syn_sent", "udp_timeout", "udp_timeout_stream")


def test_connections_are_leant_on_before_they_are_forgotten(
    make_netns: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else that is tried may take longer than connection tracking remembers: here a second."""
    whole, lab, twin = site(), tiers(make_netns), tiers(make_netns)
    lab.hold(("meta mark 2 accept", *RULES))
    sysctls = [f"net.netfilter.nf_conntrack_{name}=1" for name in FORGETFUL]
    run("ip", "netns", "exec", lab.names[HOST], "sysctl", "-qw", *sysctls)
    together = Engine.fly_together

    def long(self: Engine, flights: Sequence[Flight]) -> None:
        time.sleep(1.5)
        together(self, flights)

    monkeypatch.setattr(Engine, "fly_together", long)
    tried = [c for c in claims(whole) if c.class_ == "foreign-error"]
    report = prove(whole, tried, lab.vantages, twin.vantages)
    assert "broken" in {r.verdict for r in report.results}


def test_each_copy_in_a_large_proof_leans_on_one_of_its_own(
    make_netns: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is started is sent as often as what refers to it."""
    monkeypatch.setattr(engines, "_MANY", 1)
    copies: Counter[int] = Counter()
    send = Engine._send

    def noted(self: Engine, flight: Flight) -> None:
        copies[flight.number] += 1
        send(self, flight)

    monkeypatch.setattr(Engine, "_send", noted)
    whole, lab = site(), tiers(make_netns)
    lab.hold()
    report = prove(whole, [c for c in claims(whole) if c.class_ == "foreign-error"], lab.vantages, None)
    assert len(copies) >= 2 * len(report.results)
    assert set(copies.values()) == {FEWER}
