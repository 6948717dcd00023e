"""The proof of TCP lines on a kernel without TCP signatures, which answers what bears none with a reset."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from errno import ENOPROTOOPT

import pytest

from conftest import netns_maker
from netproof.kernel.netns import entered
from netproof.proof import hush, packets, realm
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from pace import UML
from proof.tiers import Tiers, site, tiers

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SITE = site()
ANSWERED = [c for c in claims(SITE) if c.class_ in ("allowed-tcp", "icmp-error", "other-tenant")]


@pytest.fixture(scope="module")
def labs() -> Iterator[tuple[Tiers, Tiers]]:
    """Build the site, and its open twin."""
    with netns_maker() as make:
        lab, twin = tiers(make), tiers(make)
        lab.hold()
        yield lab, twin


@pytest.fixture
def unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this kernel read over what nobody expects, as one without signatures does."""
    monkeypatch.setattr(packets, "_SIGNATURE", b"\x01" * 20)
    monkeypatch.setattr(realm, "knows_signatures", lambda: False)


def verdicts(labs: tuple[Tiers, Tiers]) -> dict[str, str]:
    return {r.claim.id: r.verdict for r in proved(labs).results}


def proved(labs: tuple[Tiers, Tiers]) -> Report:
    return prove(SITE, ANSWERED, labs[0].vantages, labs[1].vantages)


@pytest.mark.usefixtures("unsigned")
def test_line_for_tcp_is_kept_where_stacks_would_reset(labs: tuple[Tiers, Tiers]) -> None:
    """Nothing that is answered is reset before; and the socket that keeps silence is gone afterwards."""
    assert set(verdicts(labs).values()) == {"kept"}
    with entered(labs[0].names["db"]), socket.create_server(("", 5432)):
        pass


def test_reset_of_a_stack_ends_what_is_tried(labs: tuple[Tiers, Tiers], monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what silence is for: without it an allowed line looks broken."""
    monkeypatch.setattr(packets, "_SIGNATURE", b"\x01" * 20)
    monkeypatch.setattr(realm, "knows_signatures", lambda: True)
    found = verdicts(labs)
    assert found["policy/web/db/allowed-tcp/ipv4"] == "broken"
    assert found["policy/web/db/allowed-tcp/ipv6"] == "broken"


@pytest.mark.usefixtures("unsigned")
def test_line_for_a_port_where_somebody_listens_is_inconclusive(labs: tuple[Tiers, Tiers]) -> None:
    """Whoever listens would answer: nothing is said of the line but why it cannot be tried."""
    with ExitStack() as stack:
        with entered(labs[0].names["db"]):
            for kind in (socket.AF_INET, socket.AF_INET6):
                stack.enter_context(closing(_listener(kind, 5432)))
        found = {r.claim.id: r for r in proved(labs).results if r.claim.class_ == "allowed-tcp"}
    assert {r.verdict for r in found.values()} == {"inconclusive"}
    assert all("TCP port 5432 is not free" in r.evidence for r in found.values())


def test_signatures_are_known_as_the_kernel_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown is the option, not the value."""

    class Unknowing(socket.socket):
        def setsockopt(self, *_: object) -> None:
            raise OSError(ENOPROTOOPT, "Protocol not available")

    assert hush.knows_signatures.__wrapped__() == (not UML)  # which is built without CONFIG_TCP_MD5SIG
    monkeypatch.setattr(hush.socket, "socket", Unknowing)
    assert not hush.knows_signatures.__wrapped__()


def _listener(kind: socket.AddressFamily, port: int) -> socket.socket:
    made = socket.socket(kind)
    if kind == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind(("", port))
    made.listen()
    return made
