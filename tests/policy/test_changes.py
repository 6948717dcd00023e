"""A policy that changes under traffic: what the change does not concern loses nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from policy.scene import Scene, v4

pytestmark = pytest.mark.needs("netns", "ip", "nft")

LINES = (
    "from: web, to: db, allow: [tcp/5432, udp/5000]",
    "from: db, to: web, allow: udp/6000",
    "from: red, to: red, deny: all",
)
PER_SECOND = 1000


class Stream:
    """Numbered datagrams, a thousand a second, from one socket to another."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source, self.target, self.sent, self.got = source, target, 0, set[int]()
        target.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        target.setblocking(False)

    def send(self) -> None:
        """Send the next."""
        self.source.sendto(self.sent.to_bytes(4, "big"), self.target.getsockname())
        self.sent += 1
        self.hear()

    def hear(self) -> None:
        """Take what has come."""
        try:
            while True:
                self.got.add(int.from_bytes(self.target.recv(64), "big"))
        except BlockingIOError:
            return


@contextmanager
def running(*streams: Stream) -> Iterator[None]:
    """Send all `streams` meanwhile, and hear the last of them."""
    over = threading.Event()

    def send() -> None:
        started, done = time.monotonic(), 0
        while not over.is_set():
            if done < (time.monotonic() - started) * PER_SECOND:
                for stream in streams:
                    stream.send()
                done += 1
            else:
                time.sleep(0.001)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        time.sleep(0.2)
        yield
    finally:
        over.set()
        thread.join()
    time.sleep(0.2)
    for stream in streams:
        stream.hear()


def test_lines_added_and_taken_away_under_traffic_lose_nothing(tenants: Scene) -> None:
    """A thousand packets a second each way, and the replies to one of them; the connection of before goes on."""
    tenants.apply(*LINES)
    web, db = tenants.udp("web", 4000), tenants.udp("db", 5000)
    there, back = Stream(web, db), Stream(db, web)
    other_way = Stream(tenants.udp("db", 7000), tenants.udp("web", 6000))
    with connection(tenants) as (caller, answerer), running(there, back, other_way):
        tenants.apply("from: app, to: db, allow: tcp/1-100", *LINES)
        assert exchange(caller, answerer)
        tenants.apply(*LINES[:2], "from: app, to: db, deny: all", *LINES[2:])
        assert exchange(caller, answerer)
        tenants.apply(*LINES)
        assert exchange(caller, answerer)
    for stream in (there, back, other_way):
        assert stream.sent > PER_SECOND
        assert stream.got == set(range(stream.sent))


def test_line_taken_away_ends_what_it_allowed(tenants: Scene) -> None:
    """A connection lives as long as a line allows it, whatever conntrack remembers."""
    tenants.apply(*LINES)
    with connection(tenants) as (caller, answerer):
        tenants.apply(*LINES[1:])
        assert not exchange(caller, answerer)


def test_policy_taken_away_leaves_nothing(tenants: Scene) -> None:
    """No chain, no tracking, and everybody reaches everybody again."""
    tenants.apply(*LINES)
    assert not tenants.connects("app", "db", 5432)
    tenants.apply()
    assert tenants.connects("app", "db", 5432)
    left = tenants.nft("list ruleset")
    assert not [word for word in ("ct zone", "ct direction", "table bridge", "meta mark") if word in left]


@contextmanager
def connection(scene: Scene) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Connect web to db."""
    listener = scene.speaker("db", socket.AF_INET, socket.SOCK_STREAM)
    caller = scene.speaker("web", socket.AF_INET, socket.SOCK_STREAM)
    listener.bind((v4("db"), 5432))
    listener.listen()
    caller.connect((v4("db"), 5432))
    answerer, _ = listener.accept()
    answerer.settimeout(1.0)
    yield caller, answerer
    for one in (answerer, listener, caller):
        one.close()


def exchange(caller: socket.socket, answerer: socket.socket) -> bool:
    """Say whether both hear each other on their connection."""
    try:
        caller.send(b"?")
        answerer.recv(1)
        answerer.send(b"!")
        return caller.recv(1) == b"!"
    except TimeoutError:
        return False
