"""The control *ends*: where no setting joins two places, both ends must be seen alive, before and after.

The sender's honest frame of the same kind reaches a member of its own segment, and the receiver hears such a frame of
a member of its own. Where policy denies the two a ping, it is what neighbours ask or tell of their MACs; where no
member of a segment may talk to another one of it, that is its gateway, by a ping, or by ARP where that is denied. Who
may talk to neither is heard, and hears, in the open twin alone, where nothing parts him from the others. A host hears
its own pulse, through its own IP stack: of the way to it from another host that says nothing, so the sender's frame
then goes to a member there. Nor do the ends of two segments say anything of the wires between the hosts on which they
are: where these are proved together, something has to cross each (`wires`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from ipaddress import IPv4Address
from itertools import product
from typing import NamedTuple

from netproof.proof import wires
from netproof.proof.arpquestion import request
from netproof.proof.claim import Claim
from netproof.proof.gateways import decided, gateway_addresses, gateway_host
from netproof.proof.honest import like
from netproof.proof.parties import Spot, Stand, members, stack_of, stands
from netproof.proof.policies import ICMP, Meeting, Opening, meet
from netproof.proof.probe import Answer, OwnStack, Probe, Shot
from netproof.proof.scene import Scene
from netproof.site.model import Site
from netproof.values.address import FAMILIES, Address
from netproof.values.naming import bridge_ifname


class Honest(NamedTuple):
    """The honest `shots` for a claim, those of who is `parted` from all others but in the twin, and what is missing."""

    shots: Sequence[Shot]
    parted: Sequence[Shot]
    missing: str | None


class Ends:
    """The honest shots of one proof. Claims that need the same have the very same, one object."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._companions: dict[tuple[Stand, bool, str, str], Stand | None] = {}
        self._shots: dict[tuple[str, str, Stand, Stand], Shot] = {}
        self._between: dict[tuple[str, str], tuple[tuple[Stand, Stand] | None, list[Shot]]] = {}

    def of(self, probe: Probe, claim: Claim) -> Honest:
        """Return the honest shots for `claim`."""
        shots, parted, missing = [], [], None
        for crossing, segment in self._across(probe, claim):
            if crossing:
                shots.append(crossing)
            else:
                missing = f"nobody of segment {segment} can be watched who tells another one from host to host"
        for shot, stand, is_heard, where in self._of(probe, claim):
            if shot:
                shots.append(shot)
            elif other := self._parted(probe, claim, stand, heard=is_heard):
                parted.append(other)
            else:
                missing = f"nobody else of segment {stand.segment} can be watched {where}"
        return Honest(shots, parted, missing)

    def _of(self, probe: Probe, claim: Claim) -> Iterator[tuple[Shot | None, Stand, bool, str]]:
        """Yield honest shots, each with the end that it is to show alive, and whether as who hears; and where."""
        site = self._scene.site
        for mine in stands(site, claim.from_):
            far = _far_host(site, mine, claim.to)
            yield self._said(probe, claim, mine, far), mine, False, f"at {far}" if far else "here"
        if claim.to in site.segments:
            for its in (m for m in members(site, claim.to) if m.node in self._scene.vantages):
                sender = self._companion(its, heard=True)
                shot = self._frame(probe, claim, sender, its) if sender else _from_gateway(self._scene, its)
                yield shot, its, True, "here"

    def _parted(self, probe: Probe, claim: Claim, stand: Stand, *, heard: bool) -> Shot | None:
        """Return what `stand` says to, or hears of, a member that it is kept apart from everywhere but in the twin."""
        watched = (m for m in members(self._scene.site, stand.segment) if m.node in self._scene.vantages)
        other = next((m for m in watched if m.node != stand.node), None)
        if other is None or self._scene.live:
            return None
        return self._frame(probe, claim, *((other, stand) if heard else (stand, other)))

    def _across(self, probe: Probe, claim: Claim) -> Iterator[tuple[Shot | None, str]]:
        """Yield what crosses the wires between each host where `claim` starts and each other one where it would end.

        Of a segment whose uplinks are such a wire that is None where none of its members can tell another something.
        """
        site, watched = self._scene.site, self._scene.vantages
        if not self._scene.live or claim.to not in site.segments:
            return
        mine, its = stands(site, claim.from_), [m for m in members(site, claim.to) if m.node in watched]
        starts, ends = ({_host(site, m) for m in both} & set(site.hosts) & set(watched) for both in (mine, its))
        for here, there in sorted(product(starts, ends)):
            if here != there:
                members_of_one, pings_between = self._wires(here, there)
                yield from ((ping, "") for ping in pings_between)
                if members_of_one:
                    yield self._frame(probe, claim, *members_of_one), ""
                for segment in sorted({m.segment for m in (*mine, *its)}):
                    if wires.are_joined(site, segment, here, there):
                        pair = self._open(wires.across(self._scene, segment, here, there))
                        yield (self._frame(probe, claim, *pair) if pair else None), segment

    def _open(self, pairs: Iterable[tuple[Stand, Stand]]) -> tuple[Stand, Stand] | None:
        """Return the first two who may tell each other something."""
        return next((pair for pair in pairs if not _meeting(self._scene.site, *pair).shut), None)

    def _wires(self, here: str, there: str) -> tuple[tuple[Stand, Stand] | None, list[Shot]]:
        """Return who of one segment can tell the other something from host to host, and the pings that are needed."""
        if (here, there) not in self._between:
            scene = self._scene
            pair = self._open(wires.stretched(scene, here, there))
            self._between[here, there] = pair, list(wires.pings(scene.site, here, there, tunnelled=pair is not None))
        return self._between[here, there]

    def _said(self, probe: Probe, claim: Claim, mine: Stand, far: str) -> Shot | None:
        """Return the sender's honest shot, if there is one. To another host, `far`, it goes as far as that."""
        preferred = claim.to if claim.kind in ("identity", "policy") else ""
        receiver = self._companion(mine, preferred, at=far)
        if receiver:
            return self._frame(probe, claim, mine, receiver)
        is_there = not far or _is_gateway(self._scene.site, mine, far)
        return _to_gateway(self._scene, mine) if is_there else None

    def _frame(self, probe: Probe, claim: Claim, sender: Stand, receiver: Stand) -> Shot:
        key = (probe.honest, claim.family, sender, receiver)
        if key not in self._shots:
            frame = like(self._scene, probe, sender, receiver, claim.family)
            self._shots[key] = Shot(f"{sender.node} to {receiver.node}", sender.spot, frame, receiver.spot)
        return self._shots[key]

    def _companion(self, stand: Stand, preferred: str = "", *, at: str = "", heard: bool = False) -> Stand | None:
        """Return whom `stand` tells something, the `preferred` one if it may be; `heard`: who tells it something.

        `at`: none but endpoints of this host will do.
        """
        key = (stand, heard, preferred, at)
        if key not in self._companions:
            site = self._scene.site
            meeting = partial(_meeting, site, its=stand) if heard else partial(_meeting, site, stand)
            self._companions[key] = _companion(self._scene, stand, meeting, preferred, at)
        return self._companions[key]


def _companion(
    scene: Scene, stand: Stand, meeting: Callable[[Stand], Meeting], preferred: str, at: str
) -> Stand | None:
    """Return another member of the segment that can be watched here and is not kept apart as a neighbour.

    That is the `preferred` one if it may be, else one whom the policy lets be pinged. `at`: of this host, if any.
    """
    others = [m for m in members(scene.site, stand.segment) if m.node != stand.node and m.node in scene.vantages]
    near = [m for m in others if (not at or _host(scene.site, m) == at) and not meeting(m).shut]
    return min(near, key=lambda m: (m.node != preferred, not meeting(m).may(Opening(ICMP))), default=None)


def _host(site: Site, member: Stand) -> str:
    endpoint = site.endpoints.get(member.node)
    return endpoint.host if endpoint else ""


def _far_host(site: Site, mine: Stand, to: str) -> str:
    """Return `to` if that is a host, and `mine` an endpoint of another one."""
    return to if to in site.hosts and _host(site, mine) not in ("", to) else ""


def _is_gateway(site: Site, mine: Stand, host: str) -> bool:
    found = gateway_host(site, mine.node)
    return found is not None and found.name == host


def _meeting(site: Site, mine: Stand, its: Stand) -> Meeting:
    family = "ipv4" if mine.addresses("ipv4") else "ipv6"
    source, target = (next(iter(s.addresses(family)), IPv4Address(0)) for s in (mine, its))
    return meet(site, mine, its, source, target)


def _to_gateway(scene: Scene, mine: Stand) -> Shot | None:
    host = gateway_host(scene.site, mine.node)
    for family in FAMILIES if host and host.name in scene.vantages else ():
        for target in gateway_addresses(scene.site, mine.node, family):
            assert host is not None  # noqa: S101 - else there is no family to try
            if decided(scene.site, (mine.node, target), (host.name, target), Opening(ICMP)) is not False:
                return Shot(f"{mine.node} to its gateway", mine.spot, OwnStack(target), stack_of(host.name, family))
    return _asking_gateway(scene, mine) or _from_gateway(scene, mine)


def _asking_gateway(scene: Scene, mine: Stand) -> Shot | None:
    """Return an ARP request for the gateway, of which no policy speaks: it has arrived when it is answered."""
    for asker in mine.addresses("ipv4")[:1]:
        for target in gateway_addresses(scene.site, mine.node, "ipv4"):
            answer = Answer(target, asker, frozenset())
            load = request(scene.mac(mine), asker, target)
            return Shot(f"{mine.node} to its gateway", mine.spot, load, mine.spot, answer=answer)
    return None


def _from_gateway(scene: Scene, its: Stand) -> Shot | None:
    host = gateway_host(scene.site, its.node)
    for family in FAMILIES if host and host.name in scene.vantages else ():
        for target in its.addresses(family) if gateway_addresses(scene.site, its.node, family) else ():
            assert host is not None  # noqa: S101 - else there is no family to try
            sender = _mouth(scene, its, host.name, target)
            return Shot(f"the gateway to {its.node}", sender, OwnStack(target), its.spot)
    return None


def _mouth(scene: Scene, its: Stand, host: str, target: Address) -> Spot:
    """Return whence `host` sends to `target`: its IP stack; of a link-local address it must be told the link."""
    if target.version == 6 and target.is_link_local:
        return Spot(host, bridge_ifname(scene.site.name, its.segment))
    return stack_of(host, "ipv6" if target.version == 6 else "ipv4")
