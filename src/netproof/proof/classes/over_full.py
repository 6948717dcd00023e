"""One byte more than the segment's MTU, not to be fragmented: it must not arrive, in one piece or in several.

The endpoint's own stack should refuse it. Where an endpoint's MTU is too large it leaves, and the bridge's host answers
that it needs to be fragmented (6.18, whatever `df` of the VXLAN device); it arrives only if all on its way let it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof.claim import Claim
from netproof.proof.mtus import applies, sized
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    return sized(scene, claim, excess=1)


PROBE = Probe(
    "over-full", "mtu", ("ipv4", "ipv6"), "a ping one byte too large, not to be fragmented", applies, _shots, ends=sized
)
