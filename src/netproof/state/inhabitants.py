"""Who lives on a host, as far as an audit looks at it: who listens, what they run, and who is behind its veths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netproof.values.address import Address, Interface

CAP_NET_ADMIN, CAP_NET_RAW = 12, 13
"""The capabilities (capabilities(7)) that make MACs and addresses one's own choice."""


@dataclass(frozen=True, slots=True)
class ListeningSocket:
    """A TCP socket that listens, or a UDP socket that takes from anybody. `protocol` is "tcp" or "udp".

    `address` is None where it listens on all of the host's, `ifname` the only link it hears, "" for any, `both` says
    that it hears IPv4 too. `pids` are the processes that hold it, as far as they can be seen.
    """

    protocol: str
    address: Address | None
    port: int
    ifname: str = ""
    family: int = 4
    both: bool = False
    pids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Daemon:
    """A process that holds a listening socket here.

    `replaced` are files that it runs code of and that have been deleted since. `stack_flag` is a file that asks for an
    executable stack with the offset of the byte that does, None where the stack is executable without a file that asks.
    `unit` is the systemd service it belongs to, `group` the directory of the cgroup that counts its tasks, or of one
    that would where it is in none ("": none can), `most_tasks` how many tasks that cgroup, those above it or its user
    may have; None: no number is set.
    """

    pid: int
    name: str
    executable: str
    replaced: tuple[str, ...] = ()
    executable_stack: bool = False
    stack_flag: tuple[str, int] | None = None
    unit: str = ""
    group: str = ""
    most_tasks: int | None = None


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A process in another namespace, with its effective capabilities as the kernel's bits."""

    pid: int
    name: str
    capabilities: int

    def may(self, capability: int) -> bool:
        """Say whether it has a capability."""
        return bool(self.capabilities >> capability & 1)


@dataclass(frozen=True, slots=True)
class GuestLink:
    """A link in another namespace, with the addresses that somebody gave it."""

    ifname: str
    mac: str
    addresses: tuple[Interface, ...] = ()


@dataclass(frozen=True, slots=True)
class Guest:
    """Another namespace in which a veth of this one ends. `links` is by index, `path` where it is mounted, if it is.

    `forwards`: it is a router or has a bridge for others, with or without processes of its own.
    """

    path: str = ""
    inhabitants: tuple[Inhabitant, ...] = ()
    links: Mapping[int, GuestLink] = field(default_factory=dict)
    forwards: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """The file that says which zone local times are of, the zone as TZ would have it (tzset(3)), and if it is UTC."""

    path: str
    zone: str
    is_utc: bool
