"""Gathering the facts of a host, or of a network namespace, for an audit.

Eight processes in all, however many links there are: `ip` and `bridge` tell in JSON what they know, `ss` in lines. What
a machine cannot tell is noted with the reason; without `ip` there is nothing to go by.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from netproof.errors import CannotError
from netproof.kernel import facts_guests, facts_host, facts_ip, facts_nft, facts_sockets
from netproof.kernel.cgroup import counting_tree
from netproof.kernel.channel import Channel
from netproof.kernel.ingress import read_drops
from netproof.kernel.netns import entered
from netproof.kernel.untold import UntoldError
from netproof.state.facts import Facts, Link

_IPROUTE: Final = "apt install iproute2"
_SECONDS: Final = 60
_OF_LINKS: Final = {
    "ipv4": ("forwarding", "rp_filter", "arp_ignore", "src_valid_mark"),
    "ipv6": ("forwarding", "disable_ipv6", "accept_ra"),
}
"""The settings of links that checks ask for."""
_OF_HOSTS: Final = (
    "net/ipv4/ip_forward",
    *(f"net/bridge/bridge-nf-call-{tables}" for tables in ("iptables", "ip6tables")),
)
_SYSCTLS: Final = Path("/proc/sys")


def gather(netns: str | None) -> Facts:
    """Return the facts of this host, or of the named network namespace.

    Raises CannotError without `ip` or the right to enter the namespace, UsageError if there is none of the name.
    """
    with entered(netns):
        try:
            links = facts_ip.links(_told("ip", "-d", "-j", "link"))
            known: dict[str, Any] = {
                "links": links,
                "addresses": facts_ip.addresses(_told("ip", "-d", "-j", "addr")),
                "routes": tuple(r for f in (4, 6) for r in facts_ip.routes(_all_routes(f), f)),
                "rules": tuple(r for f in (4, 6) for r in facts_ip.rules(_told("ip", f"-{f}", "-j", "rule"), f)),
            }
        except UntoldError as lack:
            raise CannotError(str(lack)) from lack
        return _with_the_rest(known, links, netns)


def _with_the_rest(known: dict[str, Any], links: tuple[Link, ...], netns: str | None) -> Facts:
    """Add what a machine may be unable to tell."""
    lacking: dict[str, str] = {}
    tellers: dict[str, Callable[[], Any]] = {
        **_TELLERS,
        "guests": lambda: facts_guests.guests(links),
        "clock": lambda: facts_host.clock(netns),
    }
    for name, tell in tellers.items():
        try:
            known[name] = tell()
        except UntoldError as lack:
            lacking[name] = str(lack)
    if counting_tree() is None:
        lacking["most_tasks"] = "no cgroup counts tasks here (mount the controller pids)"
    return Facts(
        **known,
        daemons=tuple(facts_sockets.daemons(known.get("sockets", ()))),
        tc_drops=_tc_drops(links),
        sysctls=_sysctls(links),
        lacking=lacking,
    )


def _all_routes(family: int) -> list[dict[str, Any]]:
    return _told("ip", f"-{family}", "-d", "-j", "route", "show", "table", "all")


def _told(*argv: str, without: str = "") -> list[dict[str, Any]]:
    """Return what a program tells in JSON; nothing where it fails for the kernel lacks what it asks, `without`."""
    said = _said(*argv, without=without).decode(errors="surrogateescape")  # links may have any name
    try:
        return json.loads(said) if said.strip() else []
    except json.JSONDecodeError as error:
        raise UntoldError(f"{' '.join(argv)} told no JSON: {error}") from error


def _said(*argv: str, without: str = "") -> bytes:
    program = shutil.which(argv[0])
    if program is None:
        raise UntoldError(f"{argv[0]} is not installed: {_IPROUTE}")
    try:
        done = subprocess.run([program, *argv[1:]], capture_output=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UntoldError(f"{' '.join(argv)} gave no answer within {_SECONDS} s") from error
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode and not (without and without in complaint):
        raise UntoldError(f"{' '.join(argv)}: {complaint or f'exit {done.returncode}'}")
    return b"" if done.returncode else done.stdout


_TELLERS: Final[Mapping[str, Callable[[], Any]]] = {
    "fdb": lambda: facts_ip.fdb(_told("bridge", "-d", "-j", "fdb")),
    "vlans": lambda: facts_ip.vlans(_told("bridge", "-j", "vlan", without="not supported")),
    "nft": facts_nft.ruleset,
    "legacy": facts_host.legacy,
    "set_macs": facts_host.set_macs,
    "sockets": lambda: facts_sockets.sockets(_said("ss", "-Hlntup").decode()),
}


def _tc_drops(links: tuple[Link, ...]) -> frozenset[str]:
    channel = Channel.open()
    try:
        drops = read_drops("", channel, {link.index: link.ifname for link in links})
        return frozenset(drop.ifname for drop in drops if not drop.instead)
    finally:
        channel.close()


def _sysctls(links: tuple[Link, ...]) -> dict[str, str]:
    names = ["all", "default", *(link.ifname for link in links)]
    paths = [f"net/{f}/conf/{name}/{key}" for f, keys in _OF_LINKS.items() for name in names for key in keys]
    return {path: value for path in (*paths, *_OF_HOSTS) if (value := _setting(_SYSCTLS / path)) is not None}


def _setting(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:  # a link that has gone, or what this kernel does not have
        return None
