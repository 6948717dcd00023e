"""The namespaces in which veths of this one end: who lives there, and what links they have, as facts.

A veth tells the other namespace by a number that only has a meaning here. What the number stands for is asked of the
kernel for each namespace that a process is in or that is mounted somewhere, whether `ip netns` knows it or not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from ipaddress import ip_interface
from pathlib import Path
from typing import Final

from netproof.kernel.address import dump_addresses, read_address
from netproof.kernel.channel import Channel
from netproof.kernel.link import LinkRecord, dump_links, link_record
from netproof.kernel.netns import entered
from netproof.kernel.untold import UntoldError
from netproof.kernel.veth import nsid
from netproof.state.facts import Link
from netproof.state.inhabitants import Guest, GuestLink, Inhabitant
from netproof.state.object import HOME

_PROC: Final = Path("/proc")
_INITIAL_PIDS: Final = "pid:[4026531836]"
_FORWARDING: Final = (_PROC / "sys/net/ipv4/ip_forward", _PROC / "sys/net/ipv6/conf/all/forwarding")


@dataclass(slots=True)
class _Space:
    """A namespace: a file to open it by, where it is mounted, who is in it."""

    file: Path
    path: str = ""
    pids: list[int] = field(default_factory=list)


def guests(links: Iterable[Link]) -> dict[int, Guest]:
    """Return the namespaces in which veths end, by the number that `links` give.

    One that no mount and no process shows is left out. Raises UntoldError where processes of others cannot be seen.
    """
    wanted = {link.lower_netns for link in links if link.kind == "veth" and link.lower_netns is not None}
    if not wanted:
        return {}
    if _PROC.joinpath("self/ns/pid").readlink() != Path(_INITIAL_PIDS):
        raise UntoldError("the processes of other namespaces cannot be seen from within a container")
    found: dict[int, Guest] = {}
    with closing(Channel.open()) as channel:
        for space in _spaces().values():
            with suppress(FileNotFoundError, ProcessLookupError):
                number = _number(channel, space.file)
                if number in wanted:
                    found[number] = _guest(space)
    return found


def _spaces() -> dict[int, _Space]:
    """Return all namespaces that are mounted or that a process is in, by inode."""
    spaces: dict[int, _Space] = {}
    for line in (_PROC / "thread-self/mountinfo").read_text().splitlines():
        _, _, _, root, path, *_ = line.split(" ")
        if root.startswith("net:["):
            spaces.setdefault(int(root[5:-1]), _Space(Path(path), path))
    for pid in pids():
        with suppress(OSError):
            file = _PROC / str(pid) / "ns/net"
            spaces.setdefault(file.stat().st_ino, _Space(file)).pids.append(pid)
    return spaces


def pids() -> Iterator[int]:
    """Yield the processes that can be seen."""
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _number(channel: Channel, file: Path) -> int:
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return nsid(channel, fd)
    finally:
        os.close(fd)


def _guest(space: _Space) -> Guest:
    fd = os.open(space.file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with entered(fd):
            records = _records()
            return Guest(space.path, tuple(_inhabitants(space.pids)), _links(records), _forwards(records))
    finally:
        os.close(fd)


def _forwards(records: Iterable[LinkRecord]) -> bool:
    """Say whether the calling thread's namespace is there for others: it bridges, or routes between two links.

    The switch alone says nothing: a new namespace has it on where the host has (net.core.devconf_inherit_init_net).
    """
    links = [record.link_type for record in records if record.up and record.link_type != "loopback"]
    switched = any(path.exists() and path.read_text().strip() != "0" for path in _FORWARDING)
    return "bridge" in links or (switched and len(links) > 1)


def _inhabitants(them: Iterable[int]) -> Iterator[Inhabitant]:
    for pid in them:
        with suppress(OSError):
            told = status(pid)
            yield Inhabitant(pid, told["Name"], int(told["CapEff"], 16))


def status(pid: int) -> dict[str, str]:
    """Return what /proc/PID/status tells. Raises OSError when the process has gone."""
    lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _records() -> list[LinkRecord]:
    """Return the links of the calling thread's namespace."""
    with closing(Channel.open()) as channel:
        return [link_record(body) for body in channel.dump(dump_links(), "links")]


def _links(records: Sequence[LinkRecord]) -> dict[int, GuestLink]:
    """Return links of the calling thread's namespace with their addresses."""
    names = {record.index: record.ifname for record in records}
    macs = {record.index: record.mac for record in records if record.mac}
    with closing(Channel.open()) as channel:
        bodies = channel.dump(dump_addresses(), "addresses")
    read = [one[0] for body in bodies if (one := read_address(HOME, body, names, macs))]
    return {
        record.index: GuestLink(
            record.ifname,
            record.mac or "",
            tuple(ip_interface(address.address) for address in read if address.ifname == record.ifname),
        )
        for record in records
    }
