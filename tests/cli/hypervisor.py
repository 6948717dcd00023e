"""A hypervisor made by hand, the example's site for it, and the real command line tried on it.

::

    infra: eth0 192.168.14.3 ── eth1 ┐
                                     ├ hv
    public: eth0 198.51.100.254 ─ eth2 ┘
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shell import run

NETPROOF = Path(sys.executable).with_name("netproof")
EXAMPLE = Path(__file__).parents[2] / "examples" / "bridge-isolation" / "site.yaml"
STATE = Path("/var/lib/netproof")


@dataclass(frozen=True)
class Said:
    """What a run of the command said, and its exit status."""

    out: str
    err: str
    status: int

    @property
    def json(self) -> dict[str, Any]:
        """Return what was printed, read as JSON."""
        value: dict[str, Any] = json.loads(self.out)
        assert value["netproof"] == 1
        return value


def netproof(*argv: str | Path, expect: int = 0, within: Sequence[str] = ()) -> Said:
    """Run the command, `within` a command that execs it, and see its exit status; it never ends in a traceback."""
    done = subprocess.run(
        [*within, NETPROOF, *argv], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == expect, f"{argv}: exit {done.returncode}\n{done.stdout[-300:]}{done.stderr}"
    return Said(done.stdout, done.stderr, done.returncode)


def refusal(*argv: str | Path, expect: int, within: Sequence[str] = ()) -> str:
    """Run a command that is refused, and return the one line that it says about it."""
    said = netproof(*argv, expect=expect, within=within)
    assert not said.out, said.out
    line, *more = said.err.splitlines()
    assert not more, said.err
    return line


@dataclass
class Hypervisor:
    """One hypervisor: its namespace `hv`, the name of its site, the site's file, and what was started on it."""

    hv: str
    infra: str
    public: str
    site: str
    file: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def at(self, verb: str, *argv: str) -> tuple[str | Path, ...]:
        """Return the arguments of a verb at this host."""
        return (verb, self.file, "--host", "hv1", "--netns", self.hv, *argv)

    def do(self, verb: str, *argv: str, expect: int = 0, within: Sequence[str] = ()) -> Said:
        """Run a verb at this host."""
        return netproof(*self.at(verb, *argv), expect=expect, within=within)

    def refused(self, verb: str, *argv: str, expect: int, within: Sequence[str] = ()) -> str:
        """Run a verb at this host that is refused, and return the one line that it says about it."""
        return refusal(*self.at(verb, *argv), expect=expect, within=within)

    def start(self, *argv: str | Path) -> subprocess.Popen[str]:
        """Begin any command line, in a process group of its own."""
        begun = subprocess.Popen(
            [NETPROOF, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
        )
        self.started.append(begun)
        return begun

    def begin(self, verb: str, *argv: str) -> subprocess.Popen[str]:
        """Begin a verb at this host."""
        return self.start(*self.at(verb, *argv))

    @property
    def folder(self) -> Path:
        """Where netproof remembers what it did here."""
        return STATE / self.site / "hv1" / f"netns-{self.hv}"

    def journal(self) -> dict[str, Any] | None:
        """Return the journal of an apply that is not finished."""
        try:
            value: dict[str, Any] = json.loads((self.folder / "journal.json").read_text())
        except FileNotFoundError:
            return None
        return value

    def guests(self) -> list[str]:
        """Name the namespaces that bear this site's name, labs and twins included."""
        names = [line.split()[0] for line in run("ip", "netns").splitlines() if line]
        return sorted(n for n in names if n.startswith((f"{self.site}.", f"lab.{self.site}.", f"twin.{self.site}.")))

    def look(self) -> str:
        """Return what other people's tools tell of links, addresses, rules and settings; and the guests."""
        shown = run("ip", "netns", "exec", self.hv, "sh", "-c", LOOK)
        return shown + "\n".join(self.guests())

    def deadmen(self) -> list[int]:
        """Return the processes that stand by to revert an apply here."""
        lines = run("ps", "-ewwo", "pid,args").splitlines()
        return [int(line.split()[0]) for line in lines if "apply.deadman" in line and f" {self.site} " in line]

    def is_applied(self) -> bool:
        """Say whether the site's bridge is there."""
        return f"{self.site}-dmz" in run("ip", "-n", self.hv, "-br", "link")


LOOK = """
ip -br link | sed -E 's/@if[0-9]*//; s/(UP|DOWN|UNKNOWN) / /; s/NO-CARRIER,|,LOWER_UP//g; s/ +/ /g' | sort
ip -o address | grep -v fe80 | sed 's/^[0-9]*: //; s/tentative //' | sort; ip route; ip rule
nft list ruleset | sort; grep -s . /proc/sys/net/ipv6/conf/eth*/disable_ipv6 /proc/sys/net/ipv4/conf/eth*/rp_filter
"""


@contextmanager
def hypervisor(make_netns: Callable[[str], str], folder: Path, site: str) -> Iterator[Hypervisor]:
    """Make one by hand; whatever netproof leaves of it is removed by other means than netproof's."""
    hv, infra, public = (make_netns(word) for word in ("hv", "infra", "public"))
    for nic, far in (("eth1", infra), ("eth2", public)):
        run("ip", "-n", hv, "link", "add", nic, "type", "veth", "peer", "name", "eth0", "netns", far)
        run("ip", "-n", far, "link", "set", "eth0", "up")
    run("ip", "-n", hv, "link", "set", "eth1", "up")
    run("ip", "-n", infra, "address", "add", "192.168.14.3/24", "dev", "eth0")
    run("ip", "-n", public, "address", "add", "198.51.100.254/24", "dev", "eth0")
    file = folder / "site.yaml"
    file.write_text(EXAMPLE.read_text().replace("site: demo", f"site: {site}"))
    made = Hypervisor(hv, infra, public, site, file)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    for pid in made.deadmen():
        os.kill(pid, signal.SIGKILL)
    for guest in made.guests():
        run("ip", "netns", "del", guest, check=False)
    for kind in ("lab", "twin"):
        shutil.rmtree(f"/run/netproof/{kind}/{site}", ignore_errors=True)
    shutil.rmtree(STATE / site, ignore_errors=True)


def eventually(predicate: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until `predicate` holds; fail if it never does."""
    end = time.monotonic() + within
    while not predicate():
        if time.monotonic() > end:
            pytest.fail("it never came to hold")
        time.sleep(0.02)
