"""A connection that a line allows announces another one that none does: a helper of connection tracking would open it.

::

    TCP   asker ◀── "229 … (|||port|)" ── asked      then the asker connects to that port, which no line opens
    UDP   asker ── read request (TFTP) ──▶ asked     then that one sends from any port of its own

Helpers (FTP, TFTP, SIP, …) read what is said and expect the next connection, which is then *related*: whoever accepts
that lets two who agree on it open any port (tried). Before 6.0 a kernel gave helpers to ports by itself where
`net.netfilter.nf_conntrack_helper` is 1; since then rules do (`ct helper set`), also of others on the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netproof.proof import flows, packets
from netproof.proof.claim import Claim
from netproof.proof.crossings import answered, turned
from netproof.proof.frames import Ends
from netproof.proof.policies import TCP, UDP, Meeting, Opening
from netproof.proof.probe import Forerunner, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site

_KNOWN = {TCP: 21, UDP: 69}
"""Where kernels look for FTP and TFTP by themselves."""
_HELLO, _READ = b"\r\n", b"\x00\x01"
_MARKED = 20
"""Octets of a mark."""


class _Announced(NamedTuple):
    """What `control` announces when two meet: a port that the asker asks for, or, in UDP, from which he is asked."""

    meeting: Meeting
    control: Opening
    port: int


def _announced(site: Site, from_: str, to: str, family: str) -> Iterator[_Announced]:
    """Yield what may be tried where two meet; nothing behind NAT, nor at a host, which answers by itself."""
    for meeting in answered(site, from_, to, family):
        if meeting.seen != meeting.source or (meeting.gate and meeting.gate.far is None):
            continue
        shut = _shut(meeting)
        yield from (_Announced(meeting, control, shut) for control in _control(meeting, TCP) if shut)
        back = turned(site, meeting)
        for control in _control(meeting, UDP) if back.may_none(UDP, *flows.ANNOUNCED) else ():
            yield _Announced(meeting, control, (control.port or 0) ^ 2 or 3)


def _shut(meeting: Meeting) -> int | None:
    """Return a port that no line opens, one that nothing else is sent to if there is: that would find it open, too."""
    spoken = (o.port for o in (*meeting.denied(TCP), *meeting.beside()) if o.protocol == TCP)
    return next((p for p in (flows.ANNOUNCED[0], *spoken) if p and not meeting.may(Opening(TCP, p))), None)


def _control(meeting: Meeting, protocol: str) -> tuple[Opening, ...]:
    known = Opening(protocol, _KNOWN[protocol])
    return (known,) if meeting.lines and meeting.may(known) else meeting.allowed(protocol)[:1]


def _applies(site: Site, from_: str, to: str, family: str) -> bool:
    return any(_announced(site, from_, to, family))


def _prelude(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for it in _announced(scene.site, claim.from_, claim.to, claim.family):
        number = _number(scene, claim, it)
        if it.control.protocol == TCP:
            yield flows.conversation(scene, it.meeting, it.control, number, _greeting(it, number))
        else:
            yield flows.shot(scene, it.meeting, f"{it.control}, to read", _request(it, number))


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for it in _announced(scene.site, claim.from_, claim.to, claim.family):
        number = _number(scene, claim, it)
        if it.control.protocol == TCP:
            data = Opening(TCP, it.port)
            packet = flows.start(it.meeting, data, flows.numbered(flows.said(claim, it.meeting, data)))
            said = flows.back(scene, it.meeting, _announcement(it, number))
            before = Forerunner(it.meeting.its.spot, said, heard_at=it.meeting.mine.spot)
            yield flows.shot(scene, it.meeting, f"{data}, announced in {it.control}", packet, forerunner=before)
        else:
            told = f"from {UDP}/{it.port}, after a request to {it.control}"
            yield flows.shot(scene, turned(scene.site, it.meeting), told, _data(it, number))


def _greeting(it: _Announced, number: flows.Number) -> flows.Packet:
    """Return the answer to a SYN, with the end of a line in it: the helper looks at what begins one."""
    ends, flags = _back(it.meeting), packets.SYN | packets.ACK
    return lambda token: packets.tcp(ends, (it.control.port or 0, number(token)), flags, token + _HELLO)


def _announcement(it: _Announced, number: flows.Number) -> flows.Packet:
    """Return what names the port; whatever stands behind the bracket, up to the end of the line, no helper reads."""
    ends, named = _back(it.meeting), f"229 Entering Extended Passive Mode (|||{it.port}|) ".encode()
    ports, said = (it.control.port or 0, number(b"")), _MARKED + len(_HELLO)
    return lambda token: packets.tcp(ends, ports, packets.ACK, named + token + _HELLO, said=said)


def _request(it: _Announced, number: flows.Number) -> flows.Packet:
    ends = (it.meeting.source, it.meeting.target)
    return lambda token: packets.udp(ends, (number(token), it.control.port or 0), _READ + token)


def _data(it: _Announced, number: flows.Number) -> flows.Packet:
    ends = _back(it.meeting)
    return lambda token: packets.udp(ends, (it.port, number(token)), token)


def _back(meeting: Meeting) -> Ends:
    return meeting.target, meeting.seen


def _number(scene: Scene, claim: Claim, it: _Announced) -> flows.Number:
    """Return one number for all copies: what announces bears a mark of its own."""
    number = flows.numbered(f"{scene.run} {flows.said(claim, it.meeting, it.control)}", flows.ANNOUNCED)(b"")
    return lambda _token: number


PROBE = Probe(
    "helper",
    "policy",
    ("ipv4", "ipv6"),
    "a connection that another one has announced",
    _applies,
    _shots,
    honest="neighbour",
    prelude=_prelude,
)
