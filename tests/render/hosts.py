"""A host as its administrator finds it, and what other people's tools say of it. Nothing of netproof is imported here.

::

    home:  eth1 ─┐   each NIC of the example's host, by the same names, with the same MACs
           eth2 ─┴─ wires: a namespace in which nobody speaks
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
import yaml

from examples import FOR_ANY_KERNEL
from shell import run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "bridge-isolation" / "site.yaml"
EXAMPLES = list(FOR_ANY_KERNEL.values())
CASES = [
    site
    for site in sorted((ROOT / "tests" / "cases" / "compiler").glob("*/site.yaml"))
    if not (site.parent / "kernel").exists()  # which is for another kernel than this: tests/uml
]
LOOK = """
ip -j -d link; ip -j addr; ip -j route show table all; ip -j -6 route show table all; ip -j rule; ip -j -6 rule
ip -j neigh show nud permanent; bridge -j -d link; bridge -j fdb; bridge -j vlan; nft -j list ruleset; tc -j qdisc
for link in /sys/class/net/*; do tc -j filter show dev ${link##*/} ingress; done
"""
SYSCTLS = "cd /proc/sys/net; grep -rs . ipv4 ipv6 bridge | grep -v -e stable_secret -e fastopen_key -e default/mtu"
MARKS = {"ifalias"}
NUMBERED = {"handle", "ifindex", "link_index", "link_netnsid", "no", "designated_port"}
PASSING = {"tentative", "permaddr", "metainfo"}
PROGRAM = {"bpf_name", "prog", "bytecode"}  # the same refusal, loaded by one as eBPF and typed by the other as classic
LEFT_OUT = MARKS | NUMBERED | PASSING | PROGRAM
GROUPS = ("33:33:", "01:00:5e:")
WIDE = "9000"  # as wide a wire as any site may want


def hosts(file: Path) -> dict[str, Any]:
    """Return the hosts that a site file declares."""
    declared: dict[str, Any] = yaml.safe_load(file.read_text())["hosts"]
    return declared


def plugged(make_netns: Callable[[str], str], host: dict[str, Any]) -> str:
    """Make a namespace that has the NICs of `host`, down, and return its name."""
    home, wires = make_netns("home"), make_netns("wires")
    run("ip", "netns", "exec", wires, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    for number, nic in enumerate(host.get("nics", {})):
        near, far = (f"02:00:00:00:{end}:{number:02x}" for end in ("0e", "0f"))
        peer = ("peer", "name", f"w{number}", "mtu", WIDE, "address", far, "netns", wires)
        run("ip", "-n", home, "link", "add", nic, "mtu", WIDE, "address", near, "type", "veth", *peer)
        run("ip", "-n", wires, "link", "set", f"w{number}", "up")
    return home


def own_site(example: Path, folder: Path) -> tuple[Path, str]:
    """Write the example's site, and the namespaces it names, under a name that no other process of tests has."""
    name = f"r{os.getpid()}"
    file = folder / "site.yaml"
    named = re.sub(r"^site: .*$", f"site: {name}", example.read_text(), flags=re.M)
    file.write_text(re.sub(r"\bnetns: *", f"netns: {name}.", named))
    return file, name


def within(home: str, *argv: str) -> str:
    """Run a command in the network namespace alone: `ip netns exec` would hide the namespaces that it makes."""
    return run("nsenter", f"--net=/run/netns/{home}", *argv)


def guests(site: str) -> list[str]:
    """Name the namespaces of a site's endpoints."""
    return sorted(line.split()[0] for line in run("ip", "netns").splitlines() if line.startswith(f"{site}."))


def look(home: str, site: str) -> dict[str, list[str]]:
    """Return what the tools tell of the home and its guests, a list of lines each."""
    return {name.removeprefix(home): _look(name) for name in (home, *guests(site))}


def settled(home: str, site: str) -> dict[str, list[str]]:
    """Look until nothing changes by itself any more: link states and duplicate addresses come late."""
    before: dict[str, list[str]] = {}
    for _ in range(30):
        tentative = any("tentative" in run("ip", "-n", name, "address") for name in (home, *guests(site)))
        seen = look(home, site)
        if seen == before and not tentative:
            return seen
        before = seen
        time.sleep(0.3)
    pytest.fail("it never came to rest")


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """Return the lines that differ, each with its namespace."""
    return [
        f"{name or 'home'}: {line}"
        for name in sorted(one.keys() | other.keys())
        for line in unified_diff(one.get(name, []), other.get(name, []), lineterm="", n=6)
    ]


def _look(netns: str) -> list[str]:
    told = [json.loads(text) for text in within(netns, "sh", "-c", LOOK).splitlines() if text.strip()]
    shown = [line for value in told for line in json.dumps(_steady(value), indent=1, sort_keys=True).splitlines()]
    return [*shown, *sorted(within(netns, "sh", "-c", SYSCTLS).splitlines())]


def _steady(value: Any) -> Any:
    """Leave out owner marks, what two makings number differently, and the order of lists."""
    if isinstance(value, dict):
        return {k: _steady(v) for k, v in value.items() if not _is_left_out(k, v)}
    if isinstance(value, list):
        return sorted((_steady(v) for v in value if not _comes_by_itself(v)), key=_name_first)
    return value


def _is_left_out(key: str, value: Any) -> bool:
    """Say whether a key tells of an owner, or of nothing; a bridge port's `id` is text, a VNI is a number."""
    is_mark = key == "protocol" and str(value).isdigit()
    is_port = key == "id" and isinstance(value, str)
    return key in LEFT_OUT or key.endswith("_timer") or is_mark or is_port


def _name_first(value: Any) -> tuple[str, str]:
    return value.get("ifname", "") if isinstance(value, dict) else "", json.dumps(value, sort_keys=True)


def _comes_by_itself(value: Any) -> bool:
    """Say whether this is an FDB entry that was learned, or of a group that the kernel itself joined."""
    if not isinstance(value, dict) or "mac" not in value or "state" not in value:
        return False
    return value["state"] not in ("permanent", "static") or value["mac"].startswith(GROUPS)
