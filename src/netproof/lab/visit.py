"""Running a program on a node, as ip-netns(8) ``exec`` does: in its network namespace, with a /sys that shows it.

The program takes the place of this process, so that its exit status, its signals and its terminal are its own.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from netproof.errors import KernelError, UsageError
from netproof.kernel.netns import open_netns
from netproof.lab.marks import find
from netproof.lab.nodes import Kind

_CLONE_NEWNET, _CLONE_NEWNS = 0x40000000, 0x00020000
_MS_RDONLY, _MS_REC, _MS_SLAVE = 1, 16384, 1 << 19
_MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def execute(site: str, node: str, argv: Sequence[str], *, kind: Kind = "lab") -> NoReturn:
    """Become the program `argv` on a node of the lab that is up.

    Raises UsageError if there is no such lab, node or program, KernelError if the kernel refuses.
    """
    _become(site, node, argv, os.environ, kind)


def shell(site: str, node: str) -> NoReturn:
    """Become the user's shell on a node; its prompt tells which. Raises as `execute` does."""
    prompt = f"[{site}:{node}]"
    # bash takes PS1 and then reads start files that set it anew; PROMPT_COMMAND comes after them.
    told = {"PS1": f"{prompt} # ", "PROMPT_COMMAND": f"PS1='{prompt} \\w \\$ '", "NETPROOF_NODE": node}
    _become(site, node, [os.environ.get("SHELL") or "/bin/sh"], {**os.environ, **told}, "lab")


def _become(site: str, node: str, argv: Sequence[str], environment: Mapping[str, str], kind: Kind) -> NoReturn:
    netns = _netns_of_node(site, node, kind)
    descriptor = open_netns(netns)
    _must(_libc.setns(descriptor, _CLONE_NEWNET), f"enter {netns}")
    os.close(descriptor)
    _must(_libc.unshare(_CLONE_NEWNS), "make a mount namespace")
    _must(_libc.mount(b"", b"/", b"none", _MS_SLAVE | _MS_REC, None), "keep mounts to itself")
    _show_own_sys(netns)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ignored by Python, and by all that it becomes
    try:
        os.execvpe(argv[0], list(argv), environment)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        raise UsageError(f"{argv[0]}: {error.strerror}") from error


def _netns_of_node(site: str, node: str, kind: Kind) -> str:
    nodes = {found.node: found.netns for found in find(kind, site).nodes}
    if not nodes:
        raise UsageError(f"no lab of {site} is up: `netproof lab up SITE` builds it")
    if node not in nodes:
        raise UsageError(f'lab {site} has no node "{node}"; it has {", ".join(nodes)}')
    return nodes[node]


def _show_own_sys(netns: str) -> None:
    flags = 0
    if _libc.umount2(b"/sys", _MNT_DETACH) and Path("/sys").is_dir():
        # It cannot be taken off (nothing is mounted there, or a container forbids it): mount over it, as read-only.
        flags = _MS_RDONLY if os.statvfs("/sys").f_flag & os.ST_RDONLY else 0
    _must(_libc.mount(netns.encode(), b"/sys", b"sysfs", flags, None), "mount /sys")


def _must(result: int, what: str) -> None:
    if result:
        raise KernelError(what, ctypes.get_errno())
