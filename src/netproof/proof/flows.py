"""What the shots of policy classes have in common: somebody starts something, and whoever is asked answers.

::

    mine ── SYN, datagram or echo request from an own source port ──▶ its
    mine ◀───── SYN with ACK, datagram or echo reply, or an error ─── its

All are raw frames: what is tried is what lies between the two, not their own stacks, nor what these filter. Source
ports, and identifiers of ICMP, are others in each run, as connection tracking remembers for minutes what it once saw;
and they are from a window of their own for each purpose, lest one claim's flow be taken for another's.

Who meets through a gateway addresses its host, and is answered, where NAT stands, as whom it was seen there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netproof.proof import packets
from netproof.proof.aims import also
from netproof.proof.claim import Claim
from netproof.proof.crossings import answered as answered_encounters
from netproof.proof.frames import Ends
from netproof.proof.gateways import on_wire
from netproof.proof.parties import Spot, Stand, Way
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening, meetings
from netproof.proof.probe import Forerunner, RawFrame, Reply, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import Address, family_of

Pick = Callable[[Site, Meeting], Iterable[Opening]]
"""What a class tries when two meet."""
Meet = Callable[[Site, str, str, str], Iterator[Meeting]]
"""By which addresses two meet: from, to, family."""
Packet = Callable[[bytes], bytes]
"""A packet around a token."""
Window = tuple[int, int]
"""The first and the last of the ports from which something is started."""
STARTED, ELSEWHERE, PLANTED = (49152, 51199), (51200, 53247), (53248, 57343)
"""For what is simply started; in another segment; where it does not get through."""
UNASKED, ANNOUNCED = (57344, 61439), (61440, 65535)
"""For what was never started, though it is answered; and for what is to announce another connection."""
_HIDDEN = (16384, 49151)
"""For what is started behind NAT: who shares its address shares no port."""
_LEAST_LANE = 8
"""Ports that such a part has at the least: one for each copy, and some to choose from."""
Number = Callable[[bytes], int]
"""A port, or an identifier in ICMP, for a token: the same for a token and for that of the reply to it."""


def applies(pick: Pick, meet: Meet = meetings) -> Callable[[Site, str, str, str], bool]:
    """Return an `applies` for a class that tries what `pick` finds wherever two `meet`."""

    def found(site: Site, from_: str, to: str, family: str) -> bool:
        return any(any(pick(site, meeting)) for meeting in meet(site, from_, to, family))

    return found


def starts(pick: Pick, meet: Meet = meetings) -> Callable[[Scene, Claim], Iterator[Shot]]:
    """Return shots that start what `pick` finds wherever two `meet`, and are not answered."""

    def shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
        for meeting, opening in tried(scene, claim, pick, meet):
            yield shot(scene, meeting, opening, start(meeting, opening, numbered(said(claim, meeting, opening))))

    return shots


def conversations(pick: Pick, *, by_error: bool = False) -> Callable[[Scene, Claim], Iterator[Shot]]:
    """Return shots that start what `pick` finds and are answered: as wished, or `by_error` of ICMP."""

    def shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
        for meeting, opening in tried(scene, claim, pick, answered_encounters):
            number = numbered(said(claim, meeting, opening), _lane(scene.site, meeting))
            said_back = (error if by_error else answer)(meeting, opening, number)
            yield conversation(scene, meeting, opening, number, said_back)

    return shots


def tried(scene: Scene, claim: Claim, pick: Pick, meet: Meet = meetings) -> Iterator[tuple[Meeting, Opening]]:
    """Yield what `pick` finds, with where it does."""
    for meeting in meet(scene.site, claim.from_, claim.to, claim.family):
        yield from ((meeting, opening) for opening in pick(scene.site, meeting))


def said(claim: Claim, meeting: Meeting, opening: Opening) -> str:
    """Return what names a shot, so that it has numbers of its own."""
    return f"{claim.id} {meeting.source} {meeting.target} {opening}"


def first_of_each(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """Return the first of `openings` of each protocol."""
    return tuple({o.protocol: o for o in reversed(tuple(openings))}.values())


def first_denied(_site: Site, meeting: Meeting) -> tuple[Opening, ...]:
    """Return the first of each protocol that a line denies between the two."""
    return first_of_each(meeting.denied(TCP, UDP, ICMP))


def is_shut(meeting: Meeting, opening: Opening, window: Window) -> bool:
    """Tell whether nothing may be started to where answers for `opening` go, to a port of `window`."""
    return meeting.may_none(opening.protocol, *window) if opening.port else not meeting.may(opening)


def conversation(
    scene: Scene, meeting: Meeting, opening: Opening, number: Number, said_back: Packet | None = None
) -> Shot:
    """Return the shot that starts `opening` and has arrived when it has been answered: as wished, or by `said_back`.

    Of a host its own stack answers, and only to a ping: all else has arrived when it is there.
    """
    question = start(meeting, opening, number)
    if meeting.gate and meeting.gate.far is None:
        return shot(scene, meeting, opening, question, echoed=opening.protocol == ICMP and meeting.gate.answers)
    reply = Reply(back(scene, meeting, said_back or answer(meeting, opening, number)).build)
    return shot(scene, meeting, opening, question, reply=reply)


def back(scene: Scene, meeting: Meeting, packet: Packet) -> RawFrame:
    """Return the frame in which whoever was asked says `packet` to who started."""
    mac = _mac(scene, meeting.gate.far) if meeting.gate and meeting.gate.far else scene.mac(meeting.mine)
    return _frame(scene, meeting.its, mac, meeting.seen, packet)


def shot(
    scene: Scene,
    meeting: Meeting,
    told: Opening | str,
    packet: Packet,
    *,
    mac: str = "",
    reply: Reply | None = None,
    echoed: bool = False,
    forerunner: Forerunner | None = None,
) -> Shot:
    """Return the shot of `packet` from one who meets to the other, at the other's MAC if no other `mac` is given.

    That is the MAC of the host that lies between the two, if one does.
    """
    gate = meeting.gate
    mac = mac or (_mac(scene, gate.near) if gate else scene.mac(meeting.its))
    frame = _frame(scene, meeting.mine, mac, meeting.target, packet)
    target, sender, at = f"{meeting.target} {told}", meeting.mine.spot, meeting.its.spot
    beside = also(scene, at) if gate else frozenset()
    innocent = _innocent(scene, meeting)
    return Shot(target, sender, frame, at, innocent, also=beside, reply=reply, echoed=echoed, forerunner=forerunner)


def _mac(scene: Scene, link: Way | Stand) -> str:
    return scene.bridge_mac(link) if isinstance(link, Way) else scene.mac(link)


def _innocent(scene: Scene, meeting: Meeting) -> frozenset[Spot]:
    """Return the spots that share the Ethernet of who starts."""
    if meeting.gate and isinstance(meeting.gate.near, Stand):
        nic = scene.site.hosts[meeting.gate.host].nic(meeting.gate.near.ifname)
        return on_wire(scene.site, nic.network)
    return scene.innocent(meeting.mine)


def _frame(scene: Scene, sender: Stand, mac: str, target: Address, packet: Packet) -> RawFrame:
    return scene.frame(sender, mac, packet, family=family_of(target))


def start(meeting: Meeting, opening: Opening, number: Number) -> Packet:
    """Return the first packet of `opening`, started from `number`."""
    ends = (meeting.source, meeting.target)
    return lambda token: written(ends, opening, number(token), token)


def answer(meeting: Meeting, opening: Opening, number: Number) -> Packet:
    """Return what whoever was asked answers to `start` from `number`."""
    ends = (meeting.target, meeting.seen)
    return lambda token: answered(ends, opening, number(token), token)


def error(meeting: Meeting, opening: Opening, number: Number) -> Packet:
    """Return the ICMP error of whoever was asked about `start` from `number`, as that was seen there."""
    ends = (meeting.seen, meeting.target)
    return lambda token: packets.unreachable(ends[::-1], written(ends, opening, number(token), token))


def numbered(name: str, window: Window = STARTED) -> Number:
    """Return numbers of `window` for the flow that is called `name`."""
    first, last = window
    return lambda token: first + packets.number_of(name, token) % (last - first + 1)


def _lane(site: Site, meeting: Meeting) -> Window:
    """Return from which ports somebody starts: behind NAT from a part of `_HIDDEN` that is that one's alone.

    Masquerading keeps a port that is free towards whoever is asked, and changes any other.
    """
    if meeting.seen == meeting.source:
        return STARTED
    names, (first, last) = list(site.endpoints), _HIDDEN
    size = max((last - first + 1) // len(names), _LEAST_LANE)
    start_ = first + names.index(meeting.mine.node) * size % (last - first + 2 - size)
    return start_, start_ + size - 1


def written(ends: Ends, opening: Opening, number: int, token: bytes) -> bytes:
    """Return the packet that starts `opening` from port `number`."""
    if opening.port is None:
        return packets.echo(ends, number, token)
    if opening.protocol == TCP:
        return packets.tcp(ends, (number, opening.port), packets.SYN, token)
    return (packets.udp if opening.protocol == UDP else packets.sctp)(ends, (number, opening.port), token)


def answered(ends: Ends, opening: Opening, number: int, token: bytes, flags: int = packets.SYN | packets.ACK) -> bytes:
    """Return the answer to what was started for `opening` from port `number`; `flags` are those of TCP."""
    if opening.port is None:
        return packets.echo(ends, number, token, reply=True)
    if opening.protocol == TCP:
        return packets.tcp(ends, (opening.port, number), flags, token)
    return (packets.udp if opening.protocol == UDP else packets.sctp)(ends, (opening.port, number), token)
