"""A ping that fills the segment's MTU to the last byte crosses the overlay: own IP stack, not to be fragmented.

An MTU that is too small at any place on the way, or an endpoint that was not told of the overhead, shows here.
"""

from __future__ import annotations

from netproof.proof.mtus import applies, sized
from netproof.proof.probe import Probe

PROBE = Probe(
    "full-frame", "mtu", ("ipv4", "ipv6"), "a ping of full size, not to be fragmented", applies, sized, expect="deliver"
)
