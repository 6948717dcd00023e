"""Who listens here, and what the processes that do so run, as facts: ss(8) and /proc (proc(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final

from netproof.kernel.cgroup import Cgroup, cgroup
from netproof.kernel.elf import executable_stack_flag
from netproof.kernel.facts_guests import status
from netproof.state.inhabitants import Daemon, ListeningSocket

_PROC: Final = Path("/proc")
_LOCAL = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[^%:]*))(?:%(?P<ifname>.+))?:(?P<port>\d+)")
_PID = re.compile(r"pid=(\d+)")
_DELETED: Final = " (deleted)"


def sockets(told: str) -> tuple[ListeningSocket, ...]:
    """Return the sockets that ``ss -Hlntup`` tells."""
    return tuple(one for line in told.splitlines() for one in _socket(line))


def _socket(line: str) -> Iterator[ListeningSocket]:
    protocol, _, _, _, local, *_ = line.split()
    found = _LOCAL.fullmatch(local)
    if found is None:
        return
    six, text = found["six"] is not None, found["six"] or found["four"] or ""
    address = ip_address(text.partition("%")[0]) if text and text != "*" else None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = mapped or address
    yield ListeningSocket(
        protocol,
        None if address is None or address.is_unspecified else address,
        int(found["port"]),
        ifname=found["ifname"] or text.partition("%")[2],
        family=4 if mapped else 6 if six or text == "*" else 4,
        both=text == "*",
        pids=tuple(sorted({int(pid) for pid in _PID.findall(line)})),
    )


def daemons(listening: Iterable[ListeningSocket]) -> Iterator[Daemon]:
    """Yield the processes that hold `listening` sockets, each once."""
    for pid in sorted({pid for socket in listening for pid in socket.pids}):
        with suppress(OSError):  # it has gone meanwhile
            yield _daemon(pid)


def _daemon(pid: int) -> Daemon:
    about = status(pid)
    maps = [line.split(None, 5) for line in (_PROC / str(pid) / "maps").read_text(errors="replace").splitlines()]
    code = [fields[5] for fields in maps if len(fields) == 6 and "x" in fields[1] and fields[5].startswith("/")]
    stack = any(fields[-1] == "[stack]" and "x" in fields[1] for fields in maps)
    group = cgroup(pid)
    return Daemon(
        pid,
        about["Name"],
        str((_PROC / str(pid) / "exe").readlink()).removesuffix(_DELETED),
        replaced=tuple(dict.fromkeys(path.removesuffix(_DELETED) for path in code if _is_file_that_went(path))),
        executable_stack=stack,
        stack_flag=_who_asks(dict.fromkeys(code)) if stack else None,
        unit=group.unit,
        group=f"{group.path}/{about['Name'].replace('/', '-')}" if group.top else group.path,
        most_tasks=_most_tasks(pid, about["Uid"].split()[0], group),
    )


def _is_file_that_went(path: str) -> bool:
    """Say whether a mapped path is a file that has been deleted: not memory shared under a name, nor a memfd."""
    return path.endswith(_DELETED) and not path.startswith(("/memfd:", "/dev/", "/SYSV", "/anon_hugepage"))


def _who_asks(paths: Iterable[str]) -> tuple[str, int] | None:
    for path in paths:
        with suppress(OSError):
            offset = executable_stack_flag(Path(path))
            if offset is not None:
                return path, offset
    return None


def _most_tasks(pid: int, user: str, group: Cgroup) -> int | None:
    """Return the least of the limits that hold for a process; that of its user does not hold for root."""
    lines = (_PROC / str(pid) / "limits").read_text().splitlines()
    of_user = next((line.split()[2] for line in lines if line.startswith("Max processes")), "unlimited")
    limits = [group.most_tasks, None if user == "0" or of_user == "unlimited" else int(of_user)]
    return min((limit for limit in limits if limit is not None), default=None)
