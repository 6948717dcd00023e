"""`lab up --kernel`: a lab that stays up under another kernel, worked in as in one of this machine (NETPROOF_UML)."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from netproof.lab.machine.door import connected, door, is_up
from netproof.lab.machine.staying import borrowed
from shell import eventually

ROOT = Path(__file__).parents[2]
ISOLATION = ROOT / "examples" / "bridge-isolation"
NETPROOF = (sys.executable, "-m", "netproof")
LATEST = 60.0

pytestmark = pytest.mark.needs("uml", "netns", "nft")
_serial = count(1)


def netproof(*argv: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*NETPROOF, *argv], input=stdin, capture_output=True, timeout=LATEST, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staying")


def site_in(folder: Path) -> Path:
    """Write a site with a name of its own."""
    name = f"k{os.getpid()}x{next(_serial)}"
    file = folder / f"{name}.yaml"
    file.write_text((ISOLATION / "site.yaml").read_text().replace("site: demo", f"site: {name}"))
    return file


def up(file: Path) -> None:
    done = netproof("lab", "up", str(file), "--kernel", "uml")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"7 nodes up" in done.stdout


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[Path]:
    """A lab that is up."""
    file = site_in(folder)
    up(file)
    yield file
    netproof("lab", "down", str(file))


def test_command_on_a_node_has_our_streams_and_gives_its_status(lab: Path) -> None:
    """Input, output, errors and exit status; and it is the other kernel."""
    done = netproof(
        "lab", "exec", str(lab), "vm1", "--", "sh", "-c", "cat; uname -r; echo no >&2; exit 7", stdin=b"hi\n"
    )
    assert (done.returncode, done.stderr) == (7, b"no\n")
    said, release = done.stdout.decode().split()
    assert said == "hi"
    assert release != os.uname().release


def test_wrong_node_is_told_as_in_any_lab(lab: Path) -> None:
    """One sentence of the netproof there."""
    done = netproof("lab", "exec", str(lab), "nowhere", "--", "true")
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert b'has no node "nowhere"' in done.stderr


@pytest.mark.slow
def test_much_is_passed_both_ways_while_another_command_is_silent(lab: Path) -> None:
    """Nothing is lost, and one who does not listen holds up nobody else."""
    said = os.urandom(300_000)
    idle = subprocess.Popen(
        [*NETPROOF, "lab", "exec", str(lab), "vm2", "--", "yes"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    try:
        time.sleep(1)  # it has said all that there is room for, and nobody reads it
        assert netproof("lab", "exec", str(lab), "vm1", "--", "cat", stdin=said).stdout == said
        many = netproof("lab", "exec", str(lab), "vm1", "--", "head", "-c", "3000000", "/dev/zero")
        assert len(many.stdout) == 3_000_000
    finally:
        idle.kill()
        idle.communicate()
    assert eventually(lambda: "yes" not in running(lab), within=15)


def test_signals_reach_the_command(lab: Path) -> None:
    """The one that ends it there ends us here, and nothing of it stays."""
    argv = [*NETPROOF, "lab", "exec", str(lab), "vm1", "--", "sleep", "300"]
    sleeper = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    assert eventually(lambda: "sleep" in running(lab), within=15)
    sleeper.send_signal(signal.SIGTERM)
    assert sleeper.wait(10) == -signal.SIGTERM
    assert "sleep" not in running(lab)


@pytest.mark.slow
def test_killed_client_leaves_no_command(lab: Path) -> None:
    """As the command would be gone if it were here, where it takes the client's place."""
    sleeper = subprocess.Popen([*NETPROOF, "lab", "exec", str(lab), "vm1", "--", "sleep", "301"])
    assert eventually(lambda: "sleep" in running(lab), within=15)
    sleeper.kill()
    sleeper.wait()
    assert eventually(lambda: "sleep" not in running(lab), within=15)


@pytest.mark.slow
def test_shell_has_a_terminal(lab: Path) -> None:
    """Of the size of ours, on which Ctrl-C interrupts what runs there."""
    pid, terminal = pty.fork()
    if not pid:
        os.execvp(NETPROOF[0], [*NETPROOF, "lab", "shell", str(lab), "vm1"])  # noqa: S606
    with closing(os.fdopen(terminal, "rb+", buffering=0)) as screen:
        await_text(screen, "vm1]")
        screen.write(b"stty size; sleep 300\r")
        await_text(screen, "0 0")
        screen.write(b"\x03")
        screen.write(b"echo st$((1))ll; exit 5\r")
        await_text(screen, "st1ll")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


def test_proof_uses_the_lab_that_is_up_there(lab: Path) -> None:
    """It is kept there, the report names that kernel, and a changed file is told."""
    status = json.loads(netproof("lab", "status", str(lab), "--format", "json").stdout)
    assert (status["state"], len(status["nodes"])) == ("up", 7)
    done = netproof("prove", str(lab), "--lab", "--kind", "reach", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["kernel"]) == (0, status["kernel"])
    assert report["kernel"] != os.uname().release
    changed = lab.with_name("changed.yaml")
    changed.write_text(lab.read_text().replace("isolation: auto", "isolation: none"))
    again = netproof("prove", str(changed), "--lab")
    assert again.returncode == 2
    assert b"means something else" in again.stderr


def test_lab_is_not_switched_off_under_a_proof(lab: Path) -> None:
    """Whoever proves in it holds it."""
    with borrowed(lab.stem):
        done = netproof("lab", "down", str(lab))
    assert (done.returncode, done.stderr.count(b"\n")) == (4, 1)
    assert is_up(lab.stem)


def test_second_lab_of_the_site_is_refused(lab: Path) -> None:
    """On either kernel: there is one lab a site."""
    for more in ([], ["--kernel", "uml"]):
        done = netproof("lab", "up", str(lab), *more)
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
        assert b"is up" in done.stderr


@pytest.mark.parametrize(
    "how", ["down", *(pytest.param(h, marks=pytest.mark.slow) for h in ("keeper killed", "kernel killed"))]
)
def test_nothing_is_left_of_a_lab_that_is_down(how: str, folder: Path) -> None:
    """No process and no file, also after a crash of the keeper or of the kernel; and it can be had again."""
    file = site_in(folder)
    up(file)
    if how != "down":
        victims = {"keeper killed": "netproof.lab.machine.keeper", "kernel killed": "uml_dir=/run/uml/"}
        [keeper] = processes("netproof.lab.machine.keeper", str(door(file.stem)))
        tree = [keeper, *descendants(keeper)]
        victim = next(p for p in tree if victims[how] in cmdline(p))
        os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: connected(file.stem) is None, within=15)
        assert eventually(lambda: not any("uml_dir" in cmdline(p) or "keeper" in cmdline(p) for p in tree), within=15)
        assert b"not up" in netproof("lab", "status", str(file)).stdout
    done = netproof("lab", "down", str(file))
    assert (done.returncode, done.stderr) == (0, b"")
    assert (b"switched off" in done.stdout) == (how == "down")
    assert not door(file.stem).parent.exists()
    assert processes(str(door(file.stem))) == []


def test_lab_that_cannot_be_built_there_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """The sentence and the exit status are those of the other kernel's netproof, or of what is no kernel."""
    file = site_in(folder)
    file.write_text(file.read_text().replace("isolation: auto", "isolation: [rp-filter, nonsense]"))
    assert netproof("lab", "up", str(file), "--kernel", "uml").returncode == 2
    kernel = tmp_path / "kernel"
    kernel.write_text('#!/bin/sh\n[ "$1" = --version ] && exec echo 6.12.0\necho "Kernel panic: no init"\n')
    kernel.chmod(0o700)
    file = site_in(folder)
    done = netproof("lab", "up", str(file), "--kernel", str(kernel))
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.endswith(b"its last words: Kernel panic: no init\n")
    assert not door(file.stem).parent.exists()


def running(lab: Path) -> str:
    """Return what runs under the other kernel."""
    return netproof("lab", "exec", str(lab), "vm1", "--", "ps", "-eo", "comm").stdout.decode()


def cmdline(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def processes(*words: str) -> list[int]:
    """Return the processes with all these words in their command line, but for this one."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if pid != os.getpid() and all(word in cmdline(pid) for word in words)]


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [p for child in map(int, children) for p in (child, *descendants(child))]


def await_text(screen: object, text: str) -> None:
    """Read what is shown until `text` is there."""
    shown = b""
    while text.encode() not in shown:
        shown += screen.read(4096)  # type: ignore[attr-defined]
