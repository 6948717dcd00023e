"""`netproof doctor`: what this machine and its kernel can and cannot do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netproof.cli.elsewhere import kernel_argument
from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from netproof.cli.terminal import Terminal


class Finding(NamedTuple):
    """One thing that is there or not: what of netproof needs it, and what gets it where it lacks."""

    name: str
    there: bool
    serves: str
    remedy: str


FEATURES = (
    ("libnftables", "guards, policy, isolation by nftables", "apt install libnftables1"),
    ("nft-netdev", "guards; isolation: ingress", "a kernel with CONFIG_NF_TABLES_NETDEV"),
    ("nft-bridge", "isolation: bridge-filter", "a kernel with CONFIG_NF_TABLES_BRIDGE"),
    ("nft-inet", "gateways, policy: what a host forwards", "a kernel with CONFIG_NF_TABLES_INET"),
    (
        "tc-gact or tc-bpf",
        "isolation: tc-ingress, which `nft flush ruleset` leaves",
        "a kernel with CONFIG_NET_ACT_GACT",
    ),
    ("vlan-filtering", "VLANs on a bridge", "a kernel with CONFIG_BRIDGE_VLAN_FILTERING"),
    ("vlan-links", "uplinks and stations on a VLAN", "a kernel with CONFIG_VLAN_8021Q (modprobe 8021q)"),
    ("locked-port", "guard mac", "Linux 5.18"),
    ("vxlan", "segments with a vni", "a kernel with CONFIG_VXLAN"),
    ("ipv6-subtrees", "isolated NICs with IPv6 addresses", "a kernel with CONFIG_IPV6_SUBTREES"),
    ("bridge-conntrack or bridge-nf-call", "policy", "modprobe nf_conntrack_bridge, or modprobe br_netfilter"),
)
"""What the kernel may have (of several one is enough), what of netproof needs it, and what gets it."""
RIGHTS = (("CAP_NET_ADMIN", 12), ("CAP_NET_RAW", 13), ("CAP_SYS_ADMIN", 21))
PROGRAMS = ("bash", "mount", "setpriv", "unshare")
"""What a kernel in a process is started with."""
_NEIGHBOURS = "/proc/sys/net/ipv{}/neigh/default/gc_thresh3"


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.kernel is not None:
        from netproof.cli.elsewhere import under_kernel

        return under_kernel(args.kernel, ["doctor"], terminal)
    rights = list(_rights())
    able = all(right.there for right in rights)
    optional = [*(_features() if able else ()), *_other_kernel()]
    findings = [*rights, *optional]
    isolation = _isolation() if able else {}
    terminal.json(
        {
            "kernel": os.uname().release,
            "findings": [finding._asdict() for finding in findings],
            "isolation": isolation,
            "neighbours": _neighbours(),
        }
    )
    _show(findings, isolation, terminal)
    return 3 if not able else 0 if all(finding.there for finding in findings) else 1


def _rights() -> Iterator[Finding]:
    held = int(Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0], 16)
    yield Finding("root", not os.geteuid(), "everything but check and render", "run with sudo")
    for name, number in RIGHTS:
        yield Finding(
            name, bool(held >> number & 1), "everything but check and render", "run outside of this container"
        )


def _features() -> Iterator[Finding]:
    from netproof.kernel.capabilities import capabilities
    from netproof.proof.hush import knows_signatures

    found = capabilities()
    for names, serves, remedy in FEATURES:
        yield Finding(names, not found.isdisjoint(names.split(" or ")), serves, remedy)
    serves = "proofs of policy lines for TCP, at ports where a program listens"
    yield Finding("tcp-md5sig", knows_signatures(), serves, "a kernel with CONFIG_TCP_MD5SIG")


def _other_kernel() -> Iterator[Finding]:
    """Tell whether this machine can run another kernel; one that itself runs in a process need not."""
    import shutil

    from netproof.errors import NetproofError
    from netproof.lab.machine.binary import kernel_file

    if "User Mode Linux" in Path("/proc/cpuinfo").read_text():
        return
    remedy = ""
    try:
        kernel_file("uml")
    except NetproofError as error:
        remedy = str(error)
    lacking = [program for program in PROGRAMS if not shutil.which(program)]
    if lacking:
        remedy = f"install {', '.join(lacking)}"
    yield Finding("User-Mode Linux", not remedy, "--kernel uml of lab up, prove --lab and doctor", remedy)


def _isolation() -> dict[str, bool]:
    from netproof.isolation.choice import methods
    from netproof.kernel.capabilities import capabilities

    found = capabilities()
    return {name: method.works_with(found) for name, method in methods().items()}


def _neighbours() -> dict[str, int]:
    """Return how many neighbours all namespaces of this machine together may know, by family."""
    paths = {family: Path(_NEIGHBOURS.format(number)) for family, number in (("ipv4", 4), ("ipv6", 6))}
    return {family: int(path.read_text()) for family, path in paths.items() if path.exists()}


def _show(findings: list[Finding], isolation: dict[str, bool], terminal: Terminal) -> None:
    terminal.line(f"Linux {os.uname().release}")
    for name, there, serves, remedy in findings:
        mark = ("  yes  ", "green") if there else ("  NO   ", "bold yellow")
        terminal.line(mark, f"{name:<36}", serves, "" if there else f": {remedy}")
    if isolation:
        works = [name for name, does in isolation.items() if does]
        terminal.line(f"isolation methods that work: {', '.join(works)}")
    for family, most in _neighbours().items():
        terminal.line(f"{family} neighbours, of all namespaces together: at most {most}")


VERB = Verb(
    "doctor",
    "what this machine and its kernel can and cannot do",
    "Try out what this machine, or another kernel, offers of what netproof can use, and tell what serves for what.",
    kernel_argument,
    _run,
)
