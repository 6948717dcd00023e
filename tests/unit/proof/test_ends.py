"""Whose honest frames are the control of a denial, where several hosts are proved together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from netproof.proof.claims import claims, probes
from netproof.proof.ends import Ends, Honest
from netproof.proof.probe import OwnStack, Shot
from netproof.proof.scene import Scene
from netproof.site.load import parse_site

SITE = """
netproof: 1
site: ends
networks: {{core: {{subnets: [203.0.113.0/24], mtu: 1600}}}}
hosts:
  hv1: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: [203.0.113.1/24]}}}}}}
  hv2: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: [203.0.113.2/24]}}}}}}
segments:
  blue: {{subnets: [192.0.2.0/24], vni: 100, overlay: static-l2{gateway}}}
endpoints:
  a1: {{host: hv1, segment: blue, addresses: [192.0.2.11/24]}}
  a2: {{host: hv2, segment: blue, addresses: [192.0.2.12/24]}}
  a3: {{host: hv1, segment: blue, addresses: [192.0.2.13/24]}}
"""
APART = """
netproof: 1
site: apart
networks: {{core: {{subnets: [203.0.113.0/24], mtu: 1600}}, infra: {{subnets: [198.51.100.0/24]}}}}
hosts:
  hv1: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: [203.0.113.1/24]}}{infra1}}}}}
  hv2: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: [203.0.113.2/24]}}{infra2}}}}}
segments:
  blue: {{subnets: [192.0.2.0/24]}}
  red: {{subnets: [192.0.2.0/24]}}
  green: {{subnets: [192.0.2.0/24], vni: 100, overlay: static-l2}}
endpoints:
  b1: {{host: hv1, segment: blue, addresses: [192.0.2.11/24]}}
  b2: {{host: hv1, segment: blue, addresses: [192.0.2.12/24]}}
  r1: {{host: hv2, segment: red, addresses: [192.0.2.11/24]}}
  r2: {{host: hv2, segment: red, addresses: [192.0.2.12/24]}}
  g1: {{host: hv1, segment: green, addresses: [192.0.2.11/24]}}
  g2: {{host: hv2, segment: green, addresses: [192.0.2.12/24]}}
"""
INFRA = {
    "infra1": ", eth1: {network: infra, addresses: [198.51.100.1/24]}",
    "infra2": "",
}
BOTH = {**INFRA, "infra2": ", eth1: {network: infra, addresses: [198.51.100.2/24]}"}
ROUTED = ", gateway: {hosts: [hv2], addresses: [192.0.2.1/24]}"


class Place:
    """A vantage of which nothing but a MAC is asked."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.enter = nullcontext

    def mac(self, _ifname: str) -> str:
        """Return some MAC."""
        return f"02:00:00:00:00:{sum(map(ord, self.node)) % 100:02}"

    def links(self) -> tuple[str, ...]:
        """Name none."""
        return ()


def control(claim_id: str, *watched: str, gateway: str = "") -> tuple[list[tuple[str, str]], str | None]:
    """Return from whom to whom the honest frames for a claim go, and what is missing, if nodes are `watched`."""
    honest = _ends(SITE.format(gateway=gateway), claim_id, "hv1", "hv2", *watched)
    return _told(honest.shots), honest.missing


def _told(shots: Sequence[Shot]) -> list[tuple[str, str]]:
    return [(shot.sender.node, shot.at.node) for shot in shots]


def _ends(text: str, claim_id: str, *watched: str, live: bool = True) -> Honest:
    site = parse_site(text.encode(), "site.yaml")
    scene = Scene(site, {node: Place(node) for node in watched}, live=live)  # type: ignore[misc] # so little
    claim = next(c for c in claims(site) if c.id == claim_id)
    return Ends(scene).of(probes()[claim.class_], claim)


@pytest.mark.parametrize(
    ("claim_id", "from_", "to"),
    [("isolation/a3/hv2/route/ipv4", "a3", "a2"), ("isolation/a3/hv1/route/ipv4", "a3", "a1")],
)
def test_frame_that_vouches_for_a_denial_to_a_host_gets_to_that_host(claim_id: str, from_: str, to: str) -> None:
    """Between two members of one host it would arrive though the wire between the hosts were cut."""
    assert control(claim_id, "a1", "a2", "a3") == ([(from_, to)], None)


def test_denial_to_a_host_where_no_member_is_watched_has_no_control() -> None:
    """What was heard by a neighbour on the sender's own host says nothing of the way to another."""
    missing = "nobody else of segment blue can be watched at hv2"
    assert control("isolation/a3/hv2/route/ipv4", "a1", "a3") == ([], missing)


def test_gateway_at_the_host_itself_is_who_is_asked_there() -> None:
    """It is as far away as the host is."""
    assert control("isolation/a3/hv2/route/ipv4", "a1", "a3", gateway=ROUTED) == ([("a3", "hv2")], None)


ROOTED = ("b1", "b2", "r1", "r2")


@pytest.mark.parametrize(
    ("nics", "watched", "crossing"),
    [
        (INFRA, ROOTED, {("hv1", "hv2", "203.0.113.2")}),
        (BOTH, ROOTED, {("hv1", "hv2", "203.0.113.2"), ("hv1", "hv2", "198.51.100.2")}),
        (INFRA, (*ROOTED, "g1", "g2"), {("g1", "g2", "")}),
        (BOTH, (*ROOTED, "g1", "g2"), {("g1", "g2", ""), ("hv1", "hv2", "198.51.100.2")}),
    ],
)
def test_denial_between_segments_of_two_hosts_leans_on_every_wire_between_them(
    nics: dict[str, str], watched: tuple[str, ...], crossing: set[tuple[str, str, str]]
) -> None:
    """Each end hears its own kind on its own host, though the hosts were cut off from each other."""
    shots, _, missing = _ends(APART.format(**nics), "isolation/b1/red/udp-one-way/ipv4", "hv1", "hv2", *watched)
    assert missing is None
    told = {(s.sender.node, s.at.node, str(s.load.to) if isinstance(s.load, OwnStack) else "") for s in shots}
    assert told == {("b1", "b2", ""), ("r2", "r1", ""), ("r1", "r2", "")} | crossing


UPLINKED = """
netproof: 1
site: joined
networks: {{core: {{}}}}
hosts: {{hv1: {{nics: {{eth0: {{network: core}}}}}}, hv2: {{nics: {{eth0: {{network: core}}}}}}}}
segments: {{blue: {{subnets: [192.0.2.0/24], uplinks: [hv1.eth0, hv2.eth0]}}, red: {{subnets: [192.0.2.0/24]}}}}
endpoints:
  b1: {{host: hv2, segment: blue, addresses: [192.0.2.11/24]}}
  b2: {{host: hv2, segment: blue, addresses: [192.0.2.12/24]}}
  r1: {{host: hv1, segment: red, addresses: [192.0.2.11/24]}}
  r2: {{host: hv1, segment: red, addresses: [192.0.2.12/24]}}
{more}"""
THIRD = "  b3: {host: hv1, segment: blue, addresses: [192.0.2.13/24]}\n"


@pytest.mark.parametrize(
    ("claim_id", "crossing"),
    [("isolation/r1/blue/udp-one-way/ipv4", ("b3", "b1")), ("isolation/b1/red/udp-one-way/ipv4", ("b1", "b3"))],
)
def test_denial_leans_on_the_uplinks_by_which_a_segment_is_on_both_hosts(
    claim_id: str, crossing: tuple[str, str]
) -> None:
    """What got from the one segment into the other on the wrong host would have to cross them; so has somebody else."""
    hosts = ("hv1", "hv2")
    honest = _ends(UPLINKED.format(more=THIRD), claim_id, *hosts, *ROOTED, "b3")
    assert honest.missing is None
    assert crossing in _told(honest.shots)
    lacking = _ends(UPLINKED.format(more=""), claim_id, *hosts, *ROOTED)
    assert lacking.missing == "nobody of segment blue can be watched who tells another one from host to host"


def test_denial_between_segments_of_one_host_crosses_no_wire() -> None:
    """Nor does anybody ask a host that is not watched."""
    shots, _, _ = _ends(APART.format(**BOTH), "isolation/b1/red/udp-one-way/ipv4", "hv1", "b1", "b2")
    assert {shot.sender.node for shot in shots} == {"b1"}


@pytest.mark.parametrize(
    ("claim_id", "here", "in_twin"),
    [
        ("isolation/r1/blue/udp-one-way/ipv4", [("b2", "b1"), ("b1", "b2")], [("r1", "r2")]),
        ("isolation/b1/red/udp-one-way/ipv4", [("b1", "b2")], [("r2", "r1"), ("r1", "r2")]),
    ],
)
def test_ends_of_whom_all_is_kept_from_are_shown_in_the_open_twin(
    claim_id: str, here: list[tuple[str, str]], in_twin: list[tuple[str, str]]
) -> None:
    """A private segment without uplink or gateway: on a live host nobody can show them alive."""
    private = APART.format(**INFRA).replace("red: {", "red: {private: true, ")
    honest = _ends(private, claim_id, "hv1", "hv2", *ROOTED, live=False)
    assert (_told(honest.shots), _told(honest.parted), honest.missing) == (here, in_twin, None)
    missing = "nobody else of segment red can be watched here"
    assert _ends(private, claim_id, "hv1", "hv2", *ROOTED)[1:] == ([], missing)
