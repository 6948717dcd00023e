"""The traps of netlink: failures in the middle of a batch, lost answers, disturbed dumps."""

from __future__ import annotations

import errno
import json
import socket
import threading
import time

import pytest

from kernel.bench import Bench
from netproof.change.step import Create, Delete
from netproof.errors import KernelError
from netproof.kernel.linux import LinuxKernel
from netproof.state.layer3 import Address, Route, Rule
from netproof.state.links import Bridge, Up, Veth
from netproof.state.object import HOME
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")


def _json(*argv: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(*argv) or "[]")
    return found


def test_each_of_many_failures_in_a_batch_is_told_apart(linux: Bench) -> None:
    """The 3rd of 300 fails: it is named, 2 are done, 297 are not."""
    rules = [Rule(HOME, "ipv4", 1000 + n, table=5) for n in range(300)]
    linux.create(rules[2])
    with pytest.raises(KernelError, match="1002") as told:
        linux.create(*rules)
    assert told.value.errno == errno.EEXIST
    assert [r.priority for r in linux.read().state.of(Rule)] == [1000, 1001, 1002]


def test_kernels_own_words_are_told(linux: Bench) -> None:
    """The extended ack says more than the errno."""
    linux.create(Up(HOME, "nic0"))
    with pytest.raises(KernelError, match="invalid gateway") as told:
        linux.create(Route(HOME, "203.0.113.0/24", "192.0.2.254", "nic0"))
    assert told.value.errno == errno.ENETUNREACH


def test_lost_answers_are_made_up_by_reading_again(linux: Bench) -> None:
    """A receive buffer too small for the errors: the step that failed is named all the same, those behind undone."""
    linux.create(Up(HOME, "nic0"), Address(HOME, "nic0", "192.0.2.1/24"))
    routes = [Route(HOME, f"10.0.{n}.0/24", "192.0.2.9", "nic0") for n in range(60)]
    for n in range(30, 50):
        run("ip", "-n", linux.home, "route", "add", f"10.0.{n}.0/24", "via", "192.0.2.8")
    assert isinstance(linux.kernel, LinuxKernel)
    sock = linux.kernel._namespaces[HOME].route._socket
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    with pytest.raises(KernelError) as told:
        linux.create(*routes)
    assert told.value.what == f"create {routes[30].describe()}"
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 20)
    assert sum(linux.has(route) for route in routes) == 30


def test_many_veths_are_deleted_together(linux: Bench) -> None:
    """By group, in one message: the time of all is that of a few; other links stay; bad names are still told."""
    veths = [Veth(HOME, f"v{n}", f"02:00:00:00:01:{n:02x}", HOME, f"w{n}") for n in range(100)]
    linux.create(*veths)
    started = time.perf_counter()
    linux.delete(*veths)
    assert time.perf_counter() - started < 1
    state = linux.read().state
    assert not [v for v in veths if v.key in state]
    assert ("link", HOME, "nic0") in state
    linux.create(*veths[:3])
    with pytest.raises(KernelError) as told:
        linux.delete(veths[0], veths[50], veths[1])
    assert told.value.what == f"delete {veths[50].describe()}"
    assert [linux.has(v) for v in veths[:3]] == [False, True, True]
    assert {link["group"] for link in _json("ip", "-n", linux.home, "-j", "link")} == {"default"}


def test_link_dump_disturbed_all_the_time_is_still_whole(linux: Bench) -> None:
    """Links come and go while the state is read: those that stay are seen, each time."""
    linux.create(*(Veth(HOME, f"v{n}", f"02:00:00:00:01:{n:02x}", HOME, f"w{n}") for n in range(60)))
    stop = threading.Event()

    def churn() -> None:
        with LinuxKernel(linux.home) as other:
            while not stop.is_set():
                other.perform("churn", [Create(Bridge(HOME, "x", "02:00:00:00:00:66"))])
                other.perform("churn", [Delete(Bridge(HOME, "x", "02:00:00:00:00:66"))])

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(20):
            assert len([v for v in linux.read().state.of(Veth) if v.ifname[0] in "vw"]) == 120
    finally:
        stop.set()
        thread.join()
