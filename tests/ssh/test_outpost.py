"""What is said over a line: greetings that are refused, and what an answer vouches for."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from cli.hypervisor import NETPROOF, eventually, refusal
from netproof import __version__
from netproof.errors import CannotError
from netproof.kernel.vantage import NamespaceVantage
from netproof.proof.dispatch import PROTOCOL, say
from netproof.proof.farvantage import FarVantage
from netproof.proof.line import Line
from netproof.proof.outpost import Outpost
from netproof.proof.realm import Realm
from netproof.proof.scene import Scene
from netproof.proof.token import MAGIC
from netproof.proof.vantage import MARK
from netproof.site.load import parse_site
from shell import run

SITE = b"""
netproof: 1
site: line
hosts: {h: {}}
segments: {blue: {subnets: [192.0.2.0/24]}}
endpoints: {a: {host: h, segment: blue, addresses: [192.0.2.1/24]}}
"""
OURS = frozenset({"h", "a"})
MARKED = bytes.fromhex("ffffffffffff 020000000001 88b5") + MAGIC + b"0123456789ab"


@pytest.mark.parametrize(
    ("greeting", "here"),
    [
        (["0.0.1", PROTOCOL, "h", "", "site.yaml"], f"0.0.1 (protocol {PROTOCOL})"),
        ([__version__, PROTOCOL + 1, "h", "", "site.yaml", {}], f"{__version__} (protocol {PROTOCOL + 1})"),
        ([__version__, "h", "", "site.yaml"], f"{__version__} (protocol h)"),
        ([], "None (protocol None)"),
    ],
)
def test_outpost_of_another_version_or_protocol_is_refused(greeting: list, here: str) -> None:
    """Both are named, of either end: what one means by a message, or a site, the other may not."""
    with _greeted(json.dumps(["greet", *greeting]).encode()) as line, pytest.raises(CannotError) as refused:
        line.be_answered(OURS)
    there = f"{__version__} (protocol {PROTOCOL})"
    assert str(refused.value) == f"h: netproof is {there} there and {here} here: a proof needs the same on both"


def test_outpost_called_by_people_says_whom_it_is_for() -> None:
    """One sentence, exit 2; nothing is waited for."""
    assert "this verb is for `netproof prove --ssh`" in refusal("outpost", expect=2)


@contextmanager
def _greeted(greeting: bytes) -> Iterator[Line]:
    with subprocess.Popen([NETPROOF, "outpost"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as outpost:
        assert outpost.stdin
        assert outpost.stdout
        outpost.stdin.write(_message(greeting))
        outpost.stdin.flush()
        line = Line("h", outpost.stdout.fileno(), outpost.stdin.fileno(), lambda: "")
        yield line
        line.end()


@pytest.fixture
def watched(make_netns: Callable[[str], str]) -> str:
    """The namespace of endpoint `a`."""
    return make_netns("a")


@pytest.fixture
def line(watched: str) -> Iterator[Line]:
    """A line to an outpost with endpoint `a`, in a thread."""
    netns = watched
    run(*f"ip -n {netns} link add eth0 type veth peer name far".split())
    for ifname in ("eth0", "far"):
        run("ip", "-n", netns, "link", "set", ifname, "up")
    eventually(lambda: " UP " in run("ip", "-n", netns, "-br", "link", "show", "eth0"))  # until then nothing leaves it
    ours, far = socket.socketpair()
    realm = Realm("host", Scene(parse_site(SITE, "site.yaml"), {"a": NamespaceVantage("a", netns)}, live=True))
    realm.open()
    outpost = Outpost(realm, far.fileno(), far.fileno())
    line = Line("h", ours.fileno(), ours.fileno(), lambda: "it is gone")
    say(far.fileno(), {"done": outpost.greeting({})})
    line.be_answered(OURS)
    thread = threading.Thread(target=outpost.serve, name="outpost")
    thread.start()
    with ours, far:
        yield line
        ours.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive()
    line.end()
    realm.close()


@pytest.mark.needs("netns", "ip")
def test_answer_vouches_for_all_that_was_heard_before(line: Line) -> None:
    """What came out over there before an answer is known here with it: silence is never a message on its way."""
    for _ in range(20):
        line.order(pytest.fail, "put", "a", "eth0", MARKED.hex())
        line.ask("catch_up")
        assert _heard(line) == [MARKED]


def _heard(line: Line) -> list[bytes]:
    """Take in what is here already, of what we sent."""
    heard: list[bytes] = []
    os.eventfd_write(line._bell, 1)
    _, (_, rest) = line.sources()
    rest(lambda _ear, packet, _outgoing, _by: heard.append(packet))
    return [packet for packet in heard if packet[6:12] == MARKED[6:12]]


@pytest.mark.needs("netns", "ip")
def test_only_what_is_of_the_proof_is_told(line: Line) -> None:
    """Other people's packets stay where they are; one without a mark is told of once it was named."""
    other = bytes.fromhex("ffffffffffff 020000000001 88b5") + b"a letter to somebody else"
    for named in (False, True):
        if named:
            line.ask("expect", other[14:].hex())
        line.ask("put", "a", "eth0", other.hex())
        line.ask("catch_up")
        assert _heard(line) == [other] * named


@pytest.mark.needs("netns", "ip")
def test_far_vantage_raises_what_the_near_one_does(line: Line) -> None:
    """What cannot be asked or done over there is told here, with its number where the kernel gave one."""
    far = FarVantage("a", line)
    assert far.mac("eth0").count(":") == 5
    with pytest.raises(CannotError, match="find link eth7"):
        far.mac("eth7")
    with pytest.raises(OSError, match="Message too long") as refused:
        line.ask("put", "a", "eth0", (MARKED + bytes(3000)).hex())
    assert refused.value.errno == 90


@pytest.mark.needs("netns", "ip")
def test_outpost_leads_no_packets_but_those_of_the_proof(line: Line, watched: str) -> None:
    """Whatever mark it is asked for: that would be the table, and `main` is everybody's."""
    route = "a", "203.0.113.9", "192.0.2.66", "eth0"
    line.ask("lead", *route)
    assert "203.0.113.9 " in run("ip", "-n", watched, "route", "show", "table", str(MARK))
    assert run("ip", "-n", watched, "route", "show", "table", "main") == ""
    line.ask("unlead", *route)
    with pytest.raises(CannotError, match="an outpost does no such thing"):
        line.ask("lead", "a", "203.0.113.9", "192.0.2.66", "eth0", 254)
    assert run("ip", "-n", watched, "route", "show", "table", "all", "type", "unicast", "203.0.113.9") == ""


@pytest.mark.needs("netns", "ip")
@pytest.mark.parametrize(
    "asked",
    [
        ["unlead", "a", "203.0.113.9", "192.0.2.66", "eth0"],
        ["lead", "a", "main", "", "eth0"],
        ["reboot"],
        ["mind", 7, True],
    ],
)
def test_outpost_that_is_asked_for_what_it_does_not_do_says_so(line: Line, asked: list) -> None:
    """It answers, and goes on: whoever asks may hold no key for anything else."""
    with pytest.raises(CannotError, match="an outpost does no such thing"):
        line.ask(*asked)
    assert line.ask("catch_up") is None


@pytest.mark.needs("netns", "ip")
def test_outpost_that_is_told_nothing_goes(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever it works for may hang, or be cut off without a word; packets that it hears are no such word."""
    monkeypatch.setattr("netproof.proof.outpost.IDLE", 0.3)
    line.ask("put", "a", "eth0", MARKED.hex())
    eventually(lambda: "outpost" not in [thread.name for thread in threading.enumerate()])


def test_lost_line_deafens_every_ear_there() -> None:
    """Silence of a host that is gone proves nothing, and nothing more is asked of it."""
    ours, far = socket.socketpair()
    with ours:
        line = Line("h", ours.fileno(), ours.fileno(), lambda: "it was cut")
        ear = {"spot": ["a", "eth0"], "pulses": True, "packets": True}
        say(
            far.fileno(),
            {"done": {"nodes": ["a"], "cut_off": {}, "shadows": [], "told": [], "kernel": "6.1", "ears": [ear]}},
        )
        line.be_answered(OURS)
        far.close()
        (_, listen), _ = line.sources()
        assert not listen(lambda *_: None)
        assert [(e.dead, e.doubt) for e in line.ears] == [(True, "h: the connection is lost: it was cut")]
        with pytest.raises(CannotError, match="it was cut"):
            line.ask("catch_up")
        line.end()


@pytest.mark.needs("netns", "ip")
def test_much_that_is_heard_comes_in_messages_that_are_taken(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is told at once, no message is too large."""
    monkeypatch.setattr("netproof.proof.dispatch.LARGEST", 20_000)
    monkeypatch.setattr("netproof.proof.outpost._AT_ONCE", 4)
    for _ in range(20):
        line.order(pytest.fail, "put", "a", "eth0", (MARKED + bytes(500)).hex())
    line.ask("catch_up")
    assert len(_heard(line)) == 20


def _message(text: bytes) -> bytes:
    return b"NP" + len(text).to_bytes(4, "big") + text
