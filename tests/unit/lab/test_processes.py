"""Ending what runs in a namespace."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from netproof.lab.processes import Identity, end, inside


def _identity(netns: str) -> Identity:
    stat = Path(f"/run/netns/{netns}").stat()
    return (stat.st_dev, stat.st_ino)


@pytest.mark.needs("netns", "ip")
def test_end_kills_what_ignores_sigterm_and_nothing_else(make_netns: Callable[[str], str]) -> None:
    """A polite and a stubborn process of the namespace end; a process of another namespace lives."""
    here, there = make_netns("here"), make_netns("there")
    stubborn = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 5; done"]
    polite = ["sh", "-c", "echo ready; exec sleep 60"]
    argvs = [
        ["ip", "netns", "exec", netns, *argv] for netns, argv in ((here, stubborn), (here, polite), (there, polite))
    ]
    started = [subprocess.Popen(argv, stdout=subprocess.PIPE) for argv in argvs]
    try:
        for process in started:
            assert process.stdout is not None
            process.stdout.readline()
        namespaces = frozenset({_identity(here)})
        assert end(namespaces) >= 2
        assert list(inside(namespaces)) == []
        assert [p.wait(5) < 0 for p in started[:2]] == [True, True]
        assert started[2].poll() is None
    finally:
        for process in started:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


@pytest.mark.needs("netns")
def test_end_of_an_empty_namespace_is_none(make_netns: Callable[[str], str]) -> None:
    """Where nothing runs, nothing ends."""
    assert end(frozenset({_identity(make_netns("empty"))})) == 0
