"""What the machine can do, told once in the header; and namespaces that tests make and always remove."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from shell import lacks, run

_serial = count(1)

settings.register_profile("netproof", deadline=None)  # how long a case takes is the machine's load's to say
settings.load_profile("netproof")


def _capabilities() -> dict[str, bool]:
    return {
        "root": os.geteuid() == 0,
        "netns": os.geteuid() == 0 and Path("/proc/self/ns/net").exists(),
        "uml": os.access(os.environ.get("NETPROOF_UML", ""), os.X_OK),
        **{
            tool: shutil.which(tool) is not None
            for tool in ("ip", "bridge", "tc", "nft", "ping", "arping", "systemd-analyze", "sshd")
        },
    }


CAPABILITIES = _capabilities()


def pytest_report_header() -> str:
    """Tell what this machine can do."""
    return "netproof: " + ", ".join(f"{name}={'yes' if has else 'NO'}" for name, has in CAPABILITIES.items())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say on which kernel it was: the header is not shown where little is asked for."""
    terminalreporter.write_line(f"on Linux {os.uname().release}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip at home, and fail in CI, a test whose `needs` are not met."""
    for mark in item.iter_markers("needs"):
        missing = [c for c in mark.args if not CAPABILITIES[c]]
        if missing:
            lacks(", ".join(missing))


@pytest.fixture
def make_netns() -> Iterator[Callable[[str], str]]:
    """Make a named namespace with a unique name and `lo` up; removed after the test."""
    with netns_maker() as make:
        yield make


@contextmanager
def netns_maker() -> Iterator[Callable[[str], str]]:
    """Make named namespaces with unique names and `lo` up, for as long as it is open."""
    made: list[str] = []

    def make(word: str) -> str:
        name = f"npt{os.getpid()}-{next(_serial)}-{word}"
        run("ip", "netns", "add", name)
        made.append(name)
        run("ip", "-n", name, "link", "set", "lo", "up")
        return name

    yield make
    for name in made:
        run("ip", "netns", "del", name, check=False)
