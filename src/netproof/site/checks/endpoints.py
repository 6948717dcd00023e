"""Endpoints: where they are attached and how, and that their guard can be held."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared.document import Path
from netproof.declared.endpoints import MODES, NIC_ATTACHMENTS, Endpoint
from netproof.declared.text import listed
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet


def attachments(sheet: Sheet) -> Iterator[Problem]:
    """An endpoint is attached to a segment or to a NIC, in a way that fits."""
    for name, endpoint in sheet.written.endpoints.items():
        if endpoint.segment is None or endpoint.nic is not None or endpoint.attach in NIC_ATTACHMENTS:
            yield from _where(sheet, ("endpoints", name), endpoint)
        if endpoint.mode is not None:
            yield from _mode(sheet, ("endpoints", name, "mode"), endpoint.attach, endpoint.mode)


def _where(sheet: Sheet, path: Path, endpoint: Endpoint) -> Iterator[Problem]:
    if endpoint.segment is None and endpoint.nic is None:
        yield sheet.document.problem(path, 'an endpoint has a "segment" or a "nic"; this one has neither')
    elif endpoint.segment is not None and endpoint.nic is not None:
        yield sheet.document.problem((*path, "nic"), '"segment" and "nic" exclude each other', key=True)
    elif (endpoint.attach in NIC_ATTACHMENTS) != (endpoint.nic is not None):
        wanted, not_this = ("nic", "segment") if endpoint.attach in NIC_ATTACHMENTS else ("segment", "nic")
        message = f'{endpoint.attach} needs a "{wanted}" to attach to, not a "{not_this}"'
        yield sheet.document.problem((*path, "attach"), message)
    uplink = next((u for u in sheet.uplinks if (u.host, u.nic) == (endpoint.host, endpoint.nic)), None)
    if uplink is not None:
        what = f'{uplink.host}.{uplink.nic} is an uplink of segment "{uplink.segment}"'
        yield sheet.twice((*path, "nic"), what, uplink.path, "attach to the segment")


def _mode(sheet: Sheet, path: Path, attach: str, mode: str) -> Iterator[Problem]:
    if attach not in MODES:
        yield sheet.document.problem(path, f"{attach} has no modes; take the key away", key=True)
    elif mode not in MODES[attach]:
        yield sheet.document.problem(path, f'got "{mode}"; expected {listed(MODES[attach])} for {attach}')


def guarded(sheet: Sheet) -> Iterator[Problem]:
    """An endpoint whose addresses nobody knows says that they are not guarded."""
    for name, endpoint in sheet.written.endpoints.items():
        if not endpoint.addresses and (endpoint.guard is None or endpoint.guard.ip is not False):
            message = "without addresses its guard has nothing to hold it to; declare them, or say `guard: {ip: off}`"
            yield sheet.document.problem(("endpoints", name), message, key=True)
