"""A home namespace with two NICs, what other people's tools say of it, and the verbs of apply as processes.

::

    home:  n1 ── eth1 (up, a foreign address and route)     n2 ── eth2 (down)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from shell import eventually, run

DRIVER = Path(__file__).parent / "driver.py"
TESTS = DRIVER.parent.parent
LOOK = """
ip -j -d link; ip -j addr; ip -j route show table all; ip -j -6 route show table all; ip -j rule; ip -j -6 rule
bridge -j -d link; bridge -j fdb; nft -j list ruleset
for link in /sys/class/net/*; do tc -j filter show dev ${link##*/} ingress; done
"""
SYSCTLS = "net/ipv4/ip_forward net/ipv4/conf net/ipv6/conf net/bridge"
GROUPS = ("33:33:", "01:00:5e:")
VOLATILE = {
    "id",
    "link",
    "ifindex",
    "link_index",
    "link_netnsid",
    "handle",
    "metainfo",
    "tentative",
    "permaddr",
}


@dataclass(frozen=True)
class World:
    """One home namespace and the folder of its applies."""

    home: str
    folder: Path

    def do(self, *argv: str, expect: int = 0, within: Sequence[str] = ()) -> str:
        """Run a verb to its end, `within` a command that execs it, and return what it said."""
        done = self.start(*argv, within=within)
        said = done.communicate(timeout=30)[0]
        assert done.returncode == expect, f"{argv}: exit {done.returncode}\n{said}"
        return said

    def start(self, *argv: str, within: Sequence[str] = ()) -> subprocess.Popen[str]:
        """Begin a verb."""
        return subprocess.Popen(
            [*within, sys.executable, str(DRIVER), self.home, str(self.folder), *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
        )

    def journal(self) -> dict[str, Any] | None:
        """Return the journal, if there is one."""
        path = next(self.folder.glob("lib/*/hv1/*/journal.json"), None)
        return json.loads(path.read_text()) if path else None

    def names(self) -> list[str]:
        """Return the namespaces of the home and its guests."""
        return sorted(line.split()[0] for line in run("ip", "netns").splitlines() if line.startswith(self.home))

    def rest(self) -> dict[str, str]:
        """Look once no address is tentative any more."""
        assert eventually(lambda: not any("tentative" in run("ip", "-n", n, "address") for n in self.names()))
        seen = self.look()
        assert all("02:00:00:00" in text for name, text in seen.items() if not name), "the tools saw nothing"
        return seen

    def last(self) -> float:
        """Return when the last apply was finished."""
        path = next(self.folder.glob("lib/*/hv1/*/last.json"), None)
        return path.stat().st_mtime if path else 0.0

    def look(self) -> dict[str, str]:
        """Return what `ip`, `bridge`, `nft`, `tc` and /proc/sys tell of the home and its guests, one text each."""
        return {name.removeprefix(self.home): _look(name) for name in self.names()}

    def deadmen(self) -> list[int]:
        """Return the deadmen of this home that live."""
        lines = run("ps", "-ewwo", "pid,args").splitlines()
        return [int(line.split()[0]) for line in lines if "apply.deadman" in line and self.home in line]


def plug(home: str) -> None:
    """Give a namespace its two NICs, as the machine itself brings them up."""
    plug_each(home, ("eth1", "eth2"))
    run("ip", "-n", home, "link", "set", "eth1", "up")
    run("ip", "-n", home, "link", "set", "eth2", "up")  # a link that was never up differs from one that is down again
    assert eventually(lambda: "n2" in run("ip", "-n", home, "-6", "route", "show", "table", "local"))  # its far end too
    run("ip", "-n", home, "link", "set", "eth2", "down")
    run("ip", "-n", home, "address", "add", "192.0.2.1/24", "dev", "eth1")
    run("ip", "-n", home, "route", "add", "10.9.0.0/16", "via", "192.0.2.254")


def plug_each(home: str, nics: Iterable[str]) -> None:
    """Give a namespace NICs, down, with a far end each that stays silent."""
    run("ip", "netns", "exec", home, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
    for number, nic in enumerate(nics, 1):
        ends = (nic, "address", f"02:00:00:00:0e:0{number}"), (f"n{number}", "address", f"02:00:00:00:0f:0{number}")
        run("ip", "-n", home, "link", "add", *ends[0], "type", "veth", "peer", "name", *ends[1])
        run("ip", "-n", home, "link", "set", f"n{number}", "addrgenmode", "none", "up")  # no link-local that comes late


def _look(netns: str) -> str:
    said = run("ip", "netns", "exec", netns, "sh", "-c", LOOK, check=False).splitlines()  # it may vanish under us
    shown = [json.dumps(_steady(json.loads(text)), indent=1, sort_keys=True) for text in said if text.strip()]
    find = f"cd /proc/sys; grep -rs . {SYSCTLS} | grep -v -e stable_secret -e default/mtu"
    sysctls = run("ip", "netns", "exec", netns, "sh", "-c", find, check=False)
    return "\n".join([*shown, *sorted(sysctls.splitlines())])


def _is_joined(value: Any) -> bool:
    """Say whether this is an FDB entry of a multicast group that the kernel itself joined, as often as it likes."""
    return isinstance(value, dict) and "self" in value.get("flags", ()) and value["mac"].startswith(GROUPS)


def _steady(value: Any) -> Any:
    """Leave out what changes by itself, and the order of lists."""
    if isinstance(value, dict):
        return {k: _steady(v) for k, v in value.items() if k not in VOLATILE and not k.endswith("_timer")}
    if isinstance(value, list):
        return sorted((_steady(v) for v in value if not _is_joined(v)), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def assert_looks(world: World, expected: dict[str, str], when: str) -> None:
    """Fail, showing the lines that differ, unless the world looks like `expected` within seconds."""
    if not eventually(lambda: world.look() == expected):
        seen = world.look()
        differ = [
            f"{name or 'home'}: {line}"
            for name in sorted(expected.keys() | seen.keys())
            for line in unified_diff(expected.get(name, "").splitlines(), seen.get(name, "").splitlines(), n=4)
        ]
        pytest.fail(f"{when}, this differs:\n" + "\n".join(differ[:60]))
