"""What hosts far away may say that is no outpost's: nonsense, too much, nothing; none of it is believed."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from netproof.cli.ssh import _line
from netproof.errors import CannotError
from netproof.proof import testimony
from netproof.proof.farvantage import FarVantage
from netproof.proof.line import Line

OURS = frozenset({"h", "a"})


def test_shell_that_talks_is_named() -> None:
    """What a login script prints gets in the way of what is said, and is shown."""
    ours, far = socket.socketpair()
    with ours, far:
        far.sendall(b"Welcome to h!\n")
        line = Line("h", ours.fileno(), ours.fileno(), lambda: "")
        with pytest.raises(CannotError, match="not netproof alone: Welcome to h!"):
            line.be_answered(OURS)
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
    greeting = {**HELLO["done"], "nodes": nodes, "cut_off": cut_off, "ears": every}
    with _told({"done": greeting}) as line, pytest.raises(CannotError, match="h: cannot be proved by ssh: "):
        line.be_answered(OURS)
    assert (line.nodes, line.ears) == ((), [])


HELLO = {
    "done": {
        "nodes": ["h"],
        "cut_off": {},
        "shadows": [],
        "told": [],
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


@pytest.mark.parametrize("said", [["web"], ["a", "web"], [1], "a", None])
def test_host_makes_shadows_of_its_own_endpoints_alone(said: object) -> None:
    """Else another's would be made of whom nobody asked for."""
    with (
        _told({"done": {"machine": "0/1", "shadowed": said}}) as line,
        pytest.raises(CannotError, match="not netproof"),
    ):
        line.be_introduced(OURS)
    assert line.shadowed == ()


def test_shadow_where_nobody_is_watched_is_refused() -> None:
    """The claims of that endpoint would be tried nowhere."""
    with (
        _told({"done": {**HELLO["done"], "shadows": ["a"]}}) as line,
        pytest.raises(CannotError, match="it has shadows"),
    ):
        line.be_answered(OURS)


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


def test_message_larger_than_any_is_refused_at_its_head() -> None:
    """Nothing of it is kept, and nothing waited for."""
    with _told(b"NP" + b"\xff" * 4) as line, pytest.raises(CannotError, match="a message of 4294967295 octets"):
        line.be_answered(OURS)


@pytest.mark.parametrize("said", [{"heard": [[0, "00" * 9000, True, ""]] * 100}, {"done": None}])
def test_host_that_says_more_than_it_is_asked_for_is_lost(said: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it pours in while an answer is awaited does not fill the memory here."""
    monkeypatch.setattr("netproof.proof.line._ROOM", 1 << 20)
    with _ends() as (line, far):
        _say(far, HELLO)
        line.be_answered(OURS)
        pouring = threading.Thread(target=_pour, args=(far, said))
        pouring.start()
        with pytest.raises(CannotError, match="it says more than it was asked for"):
            for _ in range(20):
                line.ask("catch_up")
        far.shutdown(socket.SHUT_RDWR)
        pouring.join(10)


def _pour(far: socket.socket, said: dict) -> None:
    with suppress(OSError):  # nobody takes it any more
        while True:
            far.sendall(_message(json.dumps(said).encode()) * 20)


def test_host_that_does_not_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its connection lives, and though it goes on telling what it hears."""
    monkeypatch.setattr("netproof.proof.line._PATIENCE", 0.2)
    with _ends() as (line, far):
        _say(far, HELLO)
        line.be_answered(OURS)
        _say(far, {"heard": [[0, "00", True, ""]]})
        with pytest.raises(CannotError, match="h: the connection is lost: no answer within"):
            line.ask("catch_up")
        assert [ear.dead for ear in line.ears] == [True]


def test_ssh_that_complains_without_end_has_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is read only once it is lost: no more than a pipe holds is stored of it."""
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\nexec >&-\nhead -c 10000000 /dev/zero | tr '\\0' '!' >&2 && touch {tmp_path}/all\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("netproof.cli.ssh._PATIENCE", 1.0)
    with _line("h") as line:
        with pytest.raises(CannotError, match=r"^h: cannot be proved by ssh: !{300}$"):
            line.be_answered(OURS)
        assert not (tmp_path / "all").exists()


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
