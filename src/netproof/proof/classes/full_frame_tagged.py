"""A tagged frame that fills the segment's MTU crosses the overlay, from an endpoint whose guard lets it tag.

The tag is carried inside the tunnel, four bytes more: a segment whose endpoints may tag is that much smaller.
"""

from __future__ import annotations

from netproof.proof.mtus import tagged_applies, tagged_sized
from netproof.proof.probe import Probe

PROBE = Probe(
    "full-frame-tagged", "mtu", ("l2",), "a tagged frame of full size", tagged_applies, tagged_sized, expect="deliver"
)
