"""Which method of isolation closes which way into the host, as proofs of labs tell: the tables of docs/isolation.md.

Each list of methods is measured on a copy of the example `bridge-isolation` with that list for its isolation, once on
this machine's kernel and once under User-Mode Linux, where there is one. A cell says how a way is left:

- ``·`` closed: every claim of that class and family about the host is kept;
- ``open``: broken, from its guests and from beyond the uplink;
- ``uplink``: broken only from beyond the uplink, for the guard stops it at a guest's own port.

Where two kernels differ, both are said, with a slash between. A bridge in a namespace of its own has no uplink: there
the router is another guest, whom no guard holds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netproof.errors import CannotError, UsageError
from netproof.isolation.method import ALL_WAYS
from netproof.lab.machine.binary import kernel_file
from netproof.site.endpoints import GUARD_ITEMS

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "bridge-isolation" / "site.yaml"
DOC = ROOT / "docs" / "isolation.md"
BEGIN, END = "<!-- measured: make matrix -->", "<!-- end of what was measured -->"
CLOSED, OPEN, UPLINK, UNKNOWN = "·", "open", "uplink", "?"
REACH = "members reach each other"

ALONE = (
    *("ingress", "bridge-filter", "vlan-filtering", "tc-ingress", "raw-drop"),
    *("no-arp", "arp-ignore", "arp-filter", "rp-filter", "disable-ipv6", "namespace"),
)
COMBINED = (
    ("rp-filter", "disable-ipv6"),
    ("rp-filter", "arp-ignore", "disable-ipv6"),
    ("no-arp", "rp-filter", "disable-ipv6"),
    ("raw-drop", "arp-filter"),
    ("raw-drop", "arp-ignore"),
    ("raw-drop", "no-arp"),
    ("namespace", "disable-ipv6"),
    ("namespace", "ingress"),
    ("namespace", "rule-blackhole"),
)
LISTS = (("none",), *((name,) for name in ALONE), *COMBINED)
Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel that proofs run on: its release, and how `prove` is told to take it."""

    release: str
    options: tuple[str, ...] = ()


def rows() -> list[str]:
    """Return the ways into a host, IPv4 first, and at the end that members still reach each other."""
    return [*sorted(ALL_WAYS, key=lambda way: (way.rpartition("/")[2], way)), REACH]


def kernels() -> list[Kernel]:
    """Return this machine's kernel, and the other one if `--kernel uml` finds one."""
    found = [Kernel(os.uname().release)]
    with suppress(CannotError, UsageError):
        program = str(kernel_file("uml"))
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        found.append(Kernel(f"{said.strip()} (User-Mode Linux)", ("--kernel", program)))
    return found


def measured(listed: tuple[str, ...], kernel: Kernel, folder: Path) -> Cells | None:
    """Prove the example with these methods and return a cell for each of `rows`; None if the kernel lacks one.

    A machine that is busy with other labs leaves claims inconclusive: it gets three chances.
    """
    site = folder / "site.yaml"
    written = _example(listed).replace("isolation: auto", f"isolation: {_spelled(listed)}")
    site.write_text(re.sub(r"^site: .*$", f"site: m{os.getpid()}", written, flags=re.M))
    argv = [sys.executable, "-m", "netproof", "prove", str(site), "--lab", *kernel.options, "--format", "json"]
    for _ in range(3):
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)
        if done.returncode == 3 and "which this kernel lacks" in report["error"]["message"]:
            return None
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{listed} on Linux {kernel.release}: {report}")
        if not report["summary"]["inconclusive"]:
            break
    return cells(report["claims"])


def _example(listed: tuple[str, ...]) -> str:
    """Return the example, with its router as a guest whom no guard holds where there can be no uplink."""
    text = EXAMPLE.read_text()
    if "namespace" not in listed:
        return text
    [router] = re.findall(r"^  router: .*(addresses: .*\])\}\n", text, flags=re.M)
    off = ", ".join(f"{item}: off" for item in GUARD_ITEMS)
    guest = f"  router: {{host: hv1, segment: dmz, {router}, guard: {{{off}}}}}\n"
    return re.sub(r"^ *(router: .*|uplinks: .*)\n", "", text, flags=re.M) + guest


def cells(claims: Iterable[Mapping[str, Any]]) -> Cells:
    """Return a cell for each of `rows` from the claims of a report."""
    into_host: dict[str, list[Mapping[str, Any]]] = {}
    reach = []
    for claim in claims:
        if claim["kind"] == "isolation" and claim["to"] == "hv1":
            into_host.setdefault(f"{claim['class']}/{claim['family']}", []).append(claim)
        elif claim["kind"] == "reach" and claim["from"] != "pdu" and claim["to"] not in ("pdu", "hv1"):
            reach.append(claim["verdict"])
    found = {way: _cell(into_host.get(way, [])) for way in rows()[:-1]}
    return {**found, REACH: "yes" if reach and set(reach) == {"kept"} else "**no**"}


def _cell(claims: list[Mapping[str, Any]]) -> str:
    verdicts = {claim["verdict"] for claim in claims}
    if verdicts == {"kept"}:
        return CLOSED
    broken_from = {claim["from"] for claim in claims if claim["verdict"] == "broken"}
    if not broken_from or "inconclusive" in verdicts:
        return UNKNOWN
    return UPLINK if broken_from == {"router"} else OPEN


def _spelled(listed: tuple[str, ...]) -> str:
    return "none" if listed == ("none",) else f"[{', '.join(listed)}]"


def table(lists: Iterable[tuple[str, ...]], by_list: Mapping[tuple[str, ...], Cells]) -> list[str]:
    """Return the lines of a table, a row for each way and a column for each list that was measured."""
    shown = [listed for listed in lists if listed in by_list]
    head = ["way", *(" + ".join(f"`{name}`" for name in listed) for listed in shown)]
    lines = [head, ["---"] * len(head)]
    lines += [[row, *(by_list[listed][row] for listed in shown)] for row in rows()]
    return [f"| {' | '.join(line)} |" for line in lines]


def merged(found: Iterable[Cells]) -> Cells:
    """Return the cells of several kernels as one: where they differ, both."""
    every = list(found)
    return {row: " / ".join(dict.fromkeys(one[row] for one in every)) for row in every[0]}


def read(document: str) -> dict[tuple[str, ...], Cells]:
    """Return the cells that the tables of a document hold, by the list of methods."""
    found: dict[tuple[str, ...], Cells] = {}
    head: list[tuple[str, ...]] = []
    for line in document.partition(BEGIN)[2].partition(END)[0].splitlines():
        if not line.startswith("| "):
            continue
        first, *others = (cell.strip() for cell in line.strip("|").split("|"))
        if first == "way":
            head = [tuple(re.findall(r"`([a-z0-9-]+)`", name)) for name in others]
            found |= {listed: {} for listed in head}
        elif first != "---":
            for listed, cell in zip(head, others, strict=True):
                found[listed][first] = cell
    return found
