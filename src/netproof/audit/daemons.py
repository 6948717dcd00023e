"""Processes that listen, by name, and the command that starts them anew."""

from __future__ import annotations

from collections.abc import Iterable

from netproof.state.inhabitants import Daemon


def by_name(daemons: Iterable[Daemon]) -> dict[str, list[Daemon]]:
    """Return processes by their name: a daemon and its workers are one thing to who reads of them."""
    named: dict[str, list[Daemon]] = {}
    for daemon in daemons:
        named.setdefault(daemon.name, []).append(daemon)
    return named


def listed(daemons: Iterable[Daemon]) -> str:
    """Return processes as evidence names them."""
    return ", ".join(f"{daemon.name} (process {daemon.pid})" for daemon in daemons)


def restart(daemons: Iterable[Daemon]) -> tuple[str, ...]:
    """Return the command that starts processes anew; where systemd did not start them, it is whoever did that will."""
    them = list(daemons)
    units = sorted({daemon.unit for daemon in them})
    if all(units):
        return ("systemctl", "restart", *units)
    return ("kill", *(str(daemon.pid) for daemon in them))
