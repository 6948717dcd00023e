"""Whose honest frames are the control of a denial, where several hosts are proved together."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from netproof.proof.claims import claims, probes
from netproof.proof.ends import Ends
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
    site = parse_site(SITE.format(gateway=gateway).encode(), "site.yaml")
    scene = Scene(site, {node: Place(node) for node in ("hv1", "hv2", *watched)}, live=True)  # type: ignore[misc] # so little
    claim = next(c for c in claims(site) if c.id == claim_id)
    shots, missing = Ends(scene).of(probes()[claim.class_], claim)
    return [(shot.sender.node, shot.at.node) for shot in shots], missing


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
