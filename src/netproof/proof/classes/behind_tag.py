"""Somebody puts tags before what a line of the policy denies: a priority tag, VID 0, two of them, and one of a VLAN.

Linux takes a frame with VID 0, even twice, as if it had no tag, and one of a VLAN where root made a link for it; a
filter that looks for IP by the ethertype finds a tag there (6.18). Whom the guard lets send no tags it holds here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netproof.proof import flows
from netproof.proof.claim import Claim
from netproof.proof.frames import DOT1Q
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.proof.tags import tagged

_TAGS = {
    "a priority tag": [(DOT1Q, 0)],
    "two priority tags": [(DOT1Q, 0), (DOT1Q, 0)],
    "VID 7": [(DOT1Q, 7)],
}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for plain in flows.starts(flows.first_denied)(scene, claim):
        assert isinstance(plain.load, RawFrame)  # noqa: S101  # all of `starts` are
        for told, tags in _TAGS.items():
            yield replace(plain, target=f"{plain.target} behind {told}", load=tagged(plain.load, tags))


PROBE = Probe(
    "behind-tag",
    "policy",
    ("ipv4", "ipv6"),
    "what a line denies, behind a tag",
    flows.applies(flows.first_denied),
    _shots,
    honest="neighbour",
)
