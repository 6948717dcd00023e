"""A guest speaks LACP, 802.1X, and LLDP to its other group, to daemons at the host's port (IEEE 802.1Q, table 8-1).

As ``lldp-to-host``: a bridge does not forward frames to 01:80:c2:00:00:02 to 0f, unless ``group_fwd_mask`` says so, and
hands them to whoever listens at the port itself, past every hook of its own. A pause frame (…:01) never gets so far,
and what is for …:00 goes through a bridge without spanning tree as any other frame for a group.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames
from netproof.proof.claim import Claim
from netproof.proof.ears import EAPOL, SLOW
from netproof.proof.frames import LLDP
from netproof.proof.parties import Spot, ways
from netproof.proof.portgroups import at_own_port
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene

_SAID = {
    "LACP's group": ("01:80:c2:00:00:02", SLOW, b"\x0a\0\0\0"),  # an organisation's own: no bond takes it for LACP
    "802.1X's group": ("01:80:c2:00:00:03", EAPOL, b"\x01\x01\0\0"),  # EAPOL-Start
    "LLDP by 802.1X's group": ("01:80:c2:00:00:03", LLDP, b""),
}


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    at = Spot(claim.to, scene.port(claim.from_))
    for way in ways(scene.site, claim.from_, claim.to):
        for told, (group, ethertype, head) in _SAID.items():
            load = _frame(group, scene.mac(way.stand), ethertype, head)
            yield Shot(f"{told} at {at.where}", way.stand.spot, load, at, scene.innocent(way.stand))


def _frame(group: str, mac: str, ethertype: int, head: bytes) -> RawFrame:
    if ethertype == LLDP:
        return RawFrame(lambda token: frames.ethernet(group, mac, ethertype, frames.lldp(mac, token)))
    return RawFrame(lambda token: frames.ethernet(group, mac, ethertype, head + token))


PROBE = Probe(
    "link-local-group-to-host",
    "isolation",
    ("l2",),
    "frames to the groups of LACP and 802.1X",
    at_own_port,
    _shots,
)
