"""A lab whose `up` is killed, at any instant: `down` finds all of it, by the marks alone."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_watch import traces
from netproof.errors import UsageError
from netproof.lab.lab import borrowed, down, status, twin_of, up
from netproof.site.model import Site

DRIVER = str(Path(__file__).with_name("driver.py"))

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def _drive(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, DRIVER, *argv], capture_output=True, text=True, check=False)


def test_up_killed_before_any_write_is_taken_down_whole(make_site: Callable[..., Site]) -> None:
    """SIGKILL before the k-th write to the kernel, k over all of `up`: `down` leaves nothing, `up` works again."""
    site = make_site()
    writes = int(_drive("up", site.file).stdout)
    down(site.name)
    for k in [1, 2, 3, 4, 5, 6, *range(7, writes + 1, max(1, writes // 12)), writes]:
        killed = _drive("up", site.file, str(k))
        assert killed.returncode == -signal.SIGKILL, (k, killed.stderr)
        down(site.name)
        assert traces(site.name) == [], k
    up(site)


def _killed_at_random(site: Site, longest: float) -> None:
    driver = subprocess.Popen([sys.executable, DRIVER, "up", site.file], stdout=subprocess.DEVNULL)
    time.sleep(random.uniform(0.1, longest))  # noqa: S311 - an instant, not a secret
    driver.kill()
    driver.wait()
    down(site.name)
    assert traces(site.name) == []


def test_up_killed_at_random_is_taken_down_whole(site: Site) -> None:
    """Ten instants of the real process."""
    for _ in range(10):
        _killed_at_random(site, 0.8)


@pytest.mark.slow
def test_up_killed_at_many_random_instants_is_taken_down_whole(site: Site) -> None:
    """Two hundred instants."""
    for _ in range(200):
        _killed_at_random(site, 0.8)


def test_unfinished_lab_is_told_and_not_used(site: Site) -> None:
    """Neither `up` nor a proof takes what a crash left for a lab."""
    writes = int(_drive("up", site.file).stdout)
    down(site.name)
    _drive("up", site.file, str(writes - 1))
    assert status(site.name).built is None
    with pytest.raises(UsageError, match="unfinished"):
        up(site)
    with pytest.raises(UsageError, match="no complete lab"), borrowed(site):
        pass


def test_name_without_a_namespace_is_taken_away(site: Site) -> None:
    """A process killed between making the file and mounting on it leaves an empty file."""
    left = Path(f"/run/netns/lab.{site.name}.hv1")
    left.parent.mkdir(exist_ok=True)
    left.touch()
    down(site.name)
    assert not left.exists()


def test_file_that_somebody_wrote_is_left(site: Site) -> None:
    """A file with something in it is nobody's half made namespace."""
    left = Path(f"/run/netns/lab.{site.name}.hv1")
    left.parent.mkdir(exist_ok=True)
    left.write_text("mine")
    try:
        with pytest.raises(Exception, match=left.name):
            down(site.name)
        assert left.read_text() == "mine"
    finally:
        left.unlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_up_removes_what_it_made(site: Site, number: signal.Signals) -> None:
    """Ctrl-C or SIGTERM while the lab grows: nothing is left, and no `down` is needed."""
    for _ in range(4):
        driver = subprocess.Popen(
            [sys.executable, DRIVER, "up", site.file], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        while driver.poll() is None and not traces(site.name):
            time.sleep(0.001)
        driver.send_signal(number)
        _, words = driver.communicate()
        assert "Interrupt" in words
        assert traces(site.name) == []


def test_twin_left_by_a_killed_proof_is_removed(site: Site) -> None:
    """By the next proof, which needs the name, and by `down`."""
    _drive("twin", site.file)
    assert traces(site.name)
    with twin_of(site):
        pass
    assert traces(site.name) == []
    _drive("twin", site.file)
    down(site.name)
    assert traces(site.name) == []
