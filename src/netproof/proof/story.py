"""What people are told of a broken claim: who reached whom where, by what, what was seen, and which line allows it."""

from __future__ import annotations

from collections.abc import Iterable

from netproof.proof.claim import Claim
from netproof.proof.flight import Flight
from netproof.proof.judge import Verdict, delivered, leaks
from netproof.proof.parties import beside, stands
from netproof.proof.transports import doors
from netproof.proof.trial import Trial
from netproof.proof.untried import untried
from netproof.site.model import Site

_FRAMES = {
    "ethertype": "frames of other protocols",
    "vlan-tag": "tagged frames",
    "vlan-double-tag": "tagged frames",
    "router-advertisement": "router advertisements",
    "stp-bpdu": "BPDUs",
    "nd-redirect": "redirects",
    "icmp-redirect": "redirects",
    "dhcp-server": "answers of a DHCP server",
}
"""What is sent where nobody is lied about."""
_NOT_BY_METHOD = ("lldp-to-host", "flooding", "private-direct", "private-hairpin", "unknown-unicast")
"""Classes that no isolation method is about."""


def headline(site: Site, trial: Trial, verdict: Verdict) -> str:
    """Return the news as one sentence: ``vm1 reaches hv1 at 192.168.14.1, its address on infra``; "" if kept."""
    claim = trial.claim
    if verdict == "kept":
        return ""
    if verdict == "inconclusive":
        return f"whether {claim.from_} reaches {claim.to} could not be tried"
    if claim.expect == "deliver":
        return _astray(trial) if claim.kind == "path" else _missed(claim, [f for f in trial.flights if not f.landed])
    hit = [f for f in trial.flights if f.landed or f.leaked]
    if claim.kind == "identity":
        return _lie(claim, hit)
    if claim.class_ == "unknown-unicast":
        return f"{claim.to} hears what {claim.from_} sends to {_told(hit)}"
    at = " and at ".join(dict.fromkeys(f"{f.shot.target}{_whose(site, claim.to, f.shot.target)}" for f in hit))
    return f"{claim.from_} reaches {claim.to} at {at}"


def _astray(trial: Trial) -> str:
    lost = [f for f in trial.flights if f.leaked or len(f.landed) < len(f.sent)]
    at = ", ".join(f.shot.target for f in lost)
    return f"{trial.claim.from_} to {trial.claim.to} at {at} and back does not go the way that it must"


def _missed(claim: Claim, lost: list[Flight]) -> str:
    if claim.kind == "identity":
        return f"{claim.to} loses to {claim.from_} what is for it: {_told(lost)}"
    return f"{claim.from_} does not reach {claim.to} at {', '.join(f.shot.target for f in lost)}"


def _told(flights: Iterable[Flight]) -> str:
    return "; ".join(dict.fromkeys(f.shot.target for f in flights))


def _lie(claim: Claim, hit: list[Flight]) -> str:
    told = _told(hit)
    victims = sorted({m.node or "nobody" for f in hit for m in f.shot.about[:1]})
    if any(f.shot.at.node == claim.from_ for f in hit):
        return f"{claim.from_} gets what is for {', '.join(victims)}: {told}"
    if claim.class_ in _FRAMES:
        return f"{claim.from_} sends {_FRAMES[claim.class_]} to {claim.to}: {told}"
    return f"{claim.from_} passes for {', '.join(victims)} towards {claim.to}: {told}"


def _whose(site: Site, to: str, target: str) -> str:
    node = site.hosts.get(to) or site.stations.get(to)
    for nic in node.nics if node else ():
        if any(str(a.ip) == target for a in nic.addresses):
            return f", its address on {nic.network}"
    return ""


def seen(site: Site, trial: Trial) -> str:
    """Return what came out where: ``4 of 4 delivered to hv1's IP stack, 4 replies``."""
    flights, to = trial.flights, trial.claim.to
    if trial.claim.kind == "identity" and any(f.shot.at.node == trial.claim.from_ for f in flights):
        to = trial.claim.from_
    if any(f.shot.answer for f in flights):
        return f"{sum(len(f.landed) for f in flights)} of {sum(len(f.sent) for f in flights)} answered by {to}"
    place = f"{to}'s IP stack" if to in site.hosts and trial.claim.family != "l2" else to
    replies = sum(f.replies for f in flights)
    told = [f"{delivered(flights)} to {place}", f"{replies} replies" if replies else ""]
    told += [f"{times} seen at {where}" for where, times in leaks(flights).items()]
    return ", ".join(t for t in told if t)


def mend(site: Site, claim: Claim) -> str | None:
    """Return the declaration that allows what `claim` denies, with its place; None if no line of the site does."""
    if claim.kind != "isolation" or claim.to in site.segments:
        return None
    for name in dict.fromkeys(s.segment for s in stands(site, claim.from_)):
        segment = site.segments[name]
        if segment.isolation != ("auto",) and claim.class_ not in _NOT_BY_METHOD:
            place = f" ({segment.isolation_place})" if segment.isolation_place.line else ""
            return f"segments.{name}.isolation is {', '.join(segment.isolation)}{place}: auto closes this"
    return None


def not_claimed(site: Site) -> tuple[str, ...]:
    """Return what no claim of `site` speaks of: what it lets go on purpose, and what nobody defends."""
    said = []
    for endpoint in (e for e in site.endpoints.values() if not e.probe):
        off = [item for item in endpoint.guard.__slots__ if not getattr(endpoint.guard, item)]
        place = f" ({endpoint.place})" if endpoint.place.line else ""
        said += [f"{item} of {endpoint.name}: endpoints.{endpoint.name}.guard.{item} is off{place}" for item in off]
    wires: dict[str, dict[str, None]] = {}
    for segment in site.segments:
        for network in site.uplink_networks(segment):
            wires.setdefault(network, {})[segment] = None
    said += [f"{' to '.join(s)}: network {n} joins them into one Ethernet" for n, s in wires.items() if len(s) > 1]
    for segment in site.segments:
        said += [
            f"{segment} to {host} by its NIC {nic.name}: network {nic.network} joins them outside of {host}"
            for host, nic in beside(site, segment)
        ]
    underlays = dict.fromkeys(door.nic.network for door in doors(site))
    said += [f"vtep-address forgery on {network}: no encryption" for network in underlays]
    trunks = dict.fromkeys(n.vlan.trunk for n in site.networks.values() if n.vlan)
    said += [f"VLANs of {trunk}: whether its own switches keep them apart" for trunk in trunks]
    said += untried(site)
    return (*said, "timing and covert channels", "denial of service by load")
