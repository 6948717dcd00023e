"""Lines to the hosts of a site, by OpenSSH: one connection each, which asks nobody for anything."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netproof.proof.line import Line
    from netproof.site.model import Site

_SSH = ("ssh", "-T", "-x", "-a", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
_OWN = ("-S", "none", "-o", "ClearAllForwardings=yes")
"""A connection of its own, whatever the user's settings share, which opens nothing else."""
_GONE = ("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3")
"""A host that is cut off is noticed within 15 seconds."""
_PATIENCE = 5.0
"""Seconds that an outpost has to go by itself once its line is closed."""
_TAKING_AWAY = 30.0
"""Seconds that it has if there are shadows to be taken away."""
_COMPLAINTS = 1 << 16
"""Octets of complaints that are read: what a pipe holds."""
_SHOWN = 300
"""Characters of a complaint that are shown."""


@contextmanager
def lines(site: Site, text: bytes, file: str, hosts: Sequence[str]) -> Iterator[list[Line]]:
    """Yield a line to each of `hosts`, greeted with the `site`, the `text` of `file`; each outpost is gone at the end.

    Raises CannotError where a host cannot be reached or cannot prove, UsageError where another site is applied to it,
    or two of them are one machine.
    """
    from netproof import __version__

    with ExitStack() as stack:
        every = [stack.enter_context(_line(host)) for host in hosts]
        for line in every:  # they prepare side by side
            line.greet(__version__, text, file)
        ours = {host: _nodes_of(site, host) for host in hosts}
        for line in every:
            line.be_introduced(ours[line.host])
        _require_apart(every)
        for line in every:
            line.stand([name for each in every for name in each.shadowed])
        for line in every:
            line.be_answered(ours[line.host])
        yield every


def _nodes_of(site: Site, host: str) -> set[str]:
    """Name what is watched from a host: itself, its annexes and its endpoints."""
    annexes = {annex.name for annex in site.annexes if annex.host == host}
    return {host, *annexes, *(e.name for e in site.endpoints.values() if e.host == host)}


def _require_apart(every: Sequence[Line]) -> None:
    """Raise UsageError where two names lead to one machine: what the one hears would be told of the other as well."""
    from netproof.errors import UsageError

    known: dict[str, str] = {}
    for line in every:
        other = known.setdefault(line.machine, line.host)
        if other != line.host:
            raise UsageError(f"{other} and {line.host} are one machine: ssh leads to it by both names")


@contextmanager
def _line(host: str) -> Iterator[Line]:
    from netproof.errors import CannotError
    from netproof.proof.line import Line

    command = [*_SSH, *_OWN, *_GONE, "--", host, "netproof", "outpost"]
    pipe = subprocess.PIPE
    try:
        # In a session of its own, Ctrl-C is ours to act upon: the outposts go in order.
        ssh = subprocess.Popen(command, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
    except FileNotFoundError:
        raise CannotError("needs ssh: install openssh-client") from None
    patience = _PATIENCE
    try:
        assert ssh.stdin and ssh.stdout  # noqa: S101 - pipes, as asked for
        line = Line(host, ssh.stdout.fileno(), ssh.stdin.fileno(), lambda: _last_words(ssh))
        try:
            yield line
        finally:
            line.end()
            patience = _TAKING_AWAY if line.wished else _PATIENCE
    finally:
        _end(ssh, patience)


def _last_words(ssh: subprocess.Popen[bytes]) -> str:
    """Return what was complained of last, once ssh has said all that it will.

    Nobody reads it before: what is more than the pipe holds keeps whoever complains so much waiting, and is not stored.
    """
    try:
        status = ssh.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        status = None
    assert ssh.stderr  # noqa: S101 - a pipe, as asked for
    os.set_blocking(ssh.stderr.fileno(), False)
    said = (ssh.stderr.read(_COMPLAINTS) or b"").decode(errors="replace").split("\n")
    return next((line.strip()[:_SHOWN] for line in reversed(said) if line.strip()), f"ssh ended with status {status}")


def _end(ssh: subprocess.Popen[bytes], patience: float) -> None:
    for pipe in (ssh.stdin, ssh.stdout, ssh.stderr):
        if pipe:
            pipe.close()
    try:
        ssh.wait(patience)
    except subprocess.TimeoutExpired:
        ssh.kill()
        ssh.wait()
