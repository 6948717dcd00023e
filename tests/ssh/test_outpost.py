"""What is said over a line: greetings that are refused, noise, and what an answer vouches for."""

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
from netproof.errors import CannotError
from netproof.kernel.vantage import NamespaceVantage
from netproof.proof import testimony
from netproof.proof.dispatch import say
from netproof.proof.line import FarVantage, Line
from netproof.proof.outpost import Outpost
from netproof.proof.realm import Realm
from netproof.proof.scene import Scene
from netproof.proof.token import MAGIC
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


def test_outpost_of_another_version_is_refused() -> None:
    """Both versions are named: what one means by a message the other may not."""
    with _greeted(b'["greet", "0.0.1", "h", "", "site.yaml"]') as line, pytest.raises(CannotError) as refused:
        line.be_answered(OURS)
    assert str(refused.value).startswith("h: netproof is ")
    assert "there and 0.0.1 here" in str(refused.value)


def test_outpost_called_by_people_says_whom_it_is_for() -> None:
    """One sentence, exit 2; nothing is waited for."""
    assert "this verb is for `netproof prove --ssh`" in refusal("outpost", expect=2)


def test_shell_that_talks_is_named() -> None:
    """What a login script prints gets in the way of what is said, and is shown."""
    ours, far = socket.socketpair()
    with ours, far:
        far.sendall(b"Welcome to h!\n")
        line = Line("h", ours.fileno(), ours.fileno(), lambda: "")
        with pytest.raises(CannotError, match="not netproof alone: Welcome to h!"):
            line.be_answered(OURS)
        line.end()


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
def line(make_netns: Callable[[str], str]) -> Iterator[Line]:
    """A line to an outpost with endpoint `a`, in a thread."""
    netns = make_netns("a")
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
    asked = (["put", "a", "eth0", MARKED.hex()], ["catch_up"])
    for _ in range(20):
        os.write(line._writer, b"".join(_message(json.dumps(each).encode()) for each in asked))
        assert [line._answer(), line._answer()] == [{"done": None}] * 2
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
        say(far.fileno(), {"done": {"nodes": ["a"], "cut_off": {}, "kernel": "6.1", "ears": [ear]}})
        line.be_answered(OURS)
        far.close()
        (_, listen), _ = line.sources()
        assert not listen(lambda *_: None)
        assert [(e.dead, e.doubt) for e in line.ears] == [(True, "h: the connection is lost: it was cut")]
        with pytest.raises(CannotError, match="it was cut"):
            line.ask("catch_up")
        line.end()


@pytest.mark.parametrize(
    ("nodes", "ears", "cut_off"),
    [
        (["h", "web"], [], {}),
        (["h"], [["hv1", "ipv4 stack"]], {}),
        (["h"], [["a", "eth0"]], {}),
        (["h"], [], {"web": "gone"}),
    ],
)
def test_host_speaks_for_none_but_itself_and_its_endpoints(nodes: list, ears: list, cut_off: dict) -> None:
    """Else one bad host could fake what is heard on all others, and their silence."""
    every = [{"spot": spot, "pulses": True, "packets": True} for spot in ears]
    greeting = {"nodes": nodes, "cut_off": cut_off, "kernel": "6.1", "ears": every}
    with _told({"done": greeting}) as line, pytest.raises(CannotError, match="h: cannot be proved by ssh: "):
        line.be_answered(OURS)
    assert (line.nodes, line.ears) == ((), [])


HELLO = {
    "done": {
        "nodes": ["h"],
        "cut_off": {},
        "kernel": "6.1",
        "ears": [{"spot": ["h", "ipv4 stack"], "pulses": True, "packets": False}],
    }
}


@pytest.mark.parametrize(
    "nonsense",
    [
        5,
        [],
        None,
        {"answer": 1},
        {"failed": 1},
        {"failed": "so", "exit": "2"},
        {"failed": "so", "errno": 1 << 40},
        {"heard": 1},
        {"heard": [1]},
        {"heard": [[0, "00", True]]},
        {"heard": [[-1, "00", True, "eth0"]]},
        {"heard": [[0, "0g", True, "eth0"]]},
        {"heard": [[0, "00", True, ["eth0"]]]},
        b"NP" + (20_000).to_bytes(4, "big") + b"[" * 20_000,
        b"NP" + (2).to_bytes(4, "big") + b"\xff\xff",
    ],
    ids=lambda nonsense: str(nonsense)[:40],
)
def test_nonsense_in_the_midst_of_a_proof_is_a_lost_line(nonsense: object) -> None:
    """One sentence that names the host; its ears vouch for nothing any more."""
    with _ends() as (line, far):
        _say(far, HELLO)
        line.be_answered(OURS)
        _say(far, nonsense)
        with pytest.raises(CannotError, match="h: the connection is lost: what answers there is not netproof alone: "):
            line.ask("catch_up")
        assert [ear.dead for ear in line.ears] == [True]


@pytest.mark.parametrize("greeting", [1, {}, {**HELLO["done"], "kernel": 6}, {**HELLO["done"], "ears": [{"spot": 1}]}])
def test_greeting_of_another_shape_is_refused(greeting: object) -> None:
    """As what a login script prints."""
    with (
        _told({"done": greeting}) as line,
        pytest.raises(CannotError, match="h: cannot be proved by ssh: what answers"),
    ):
        line.be_answered(OURS)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda far: far.mac("eth0"), "eth0"),
        (lambda far: far.mac("eth0"), None),
        (lambda far: far.ifindex("eth0"), "7"),
        (lambda far: far.ifindex("eth0"), -7),
        (lambda far: far.links(), {"eth0": 1}),
        (lambda far: far.addresses("eth0"), [1]),
    ],
)
def test_vantage_that_tells_something_else_than_was_asked_for_is_lost(
    asked: Callable[[FarVantage], object], said: object
) -> None:
    """No class of claims has to reckon with a MAC that is none."""
    with _ends() as (line, far):
        _say(far, HELLO)
        line.be_answered(OURS)
        _say(far, {"done": said})
        with pytest.raises(CannotError, match="not netproof alone"):
            asked(FarVantage("h", line))


def test_host_that_hears_with_an_ear_it_has_not_is_lost() -> None:
    """What it hears may come along with its greeting, and is judged once that is known."""
    heard = {"heard": [[0, "00", True, ""], [1, "00", True, ""]]}
    with _told(HELLO, heard) as line:
        line.be_answered(OURS)
        os.eventfd_write(line._bell, 1)
        _, (_, rest) = line.sources()
        told: list[bytes] = []
        assert not rest(lambda _ear, packet, _outgoing, _by: told.append(packet))
        assert told == [b"\0"]
        assert [ear.doubt for ear in line.ears] == [
            "h: the connection is lost: what answers there is not netproof alone: it has no ear 1"
        ]


STEERING = "\x1b[2J\x1b]0;kept\x07\nkept"


@pytest.mark.parametrize(
    "said", [{"failed": STEERING}, STEERING.encode(), {"done": {**HELLO["done"], "nodes": [STEERING]}}]
)
def test_nothing_that_is_said_far_away_steers_the_terminal_here(said: object) -> None:
    """What failed there, and what a login script prints, comes in one line that shows what it is."""
    with _told(said) as line, pytest.raises(CannotError) as refused:
        line.be_answered(OURS)
    assert str(refused.value).isprintable()
    assert "\\x1b[2J" in str(refused.value)


def test_what_a_host_tells_of_itself_is_fit_to_print() -> None:
    """Its kernel, whom it cannot watch, why it is silent, and why it went."""
    greeting = {**HELLO["done"], "kernel": STEERING, "cut_off": {"a": STEERING}}
    with _ends() as (line, far):
        line._last_words = lambda: STEERING
        _say(far, {"done": greeting})
        line.be_answered(OURS)
        _say(far, {"done": STEERING})
        silence = line.learn(testimony.text_if_any, "silence", "h", "ipv4 stack")
        far.shutdown(socket.SHUT_RDWR)
        with pytest.raises(CannotError) as lost:
            line.ask("catch_up")
    assert all(said and said.isprintable() for said in (line.kernel, line.cut_off["a"], silence, str(lost.value)))


@contextmanager
def _told(*messages: object) -> Iterator[Line]:
    """Yield a line over which all that is said unasked."""
    with _ends() as (line, far):
        for message in messages:
            _say(far, message)
        yield line


@contextmanager
def _ends() -> Iterator[tuple[Line, socket.socket]]:
    """Yield a line, and whoever is at its other end."""
    ours, far = socket.socketpair()
    with ours, far:
        line = Line("h", ours.fileno(), ours.fileno(), lambda: "it is gone")
        yield line, far
        line.end()


def _say(far: socket.socket, message: object) -> None:
    """Say it, octets as they are."""
    far.sendall(message if isinstance(message, bytes) else _message(json.dumps(message).encode()))


def _message(text: bytes) -> bytes:
    return b"NP" + len(text).to_bytes(4, "big") + text
