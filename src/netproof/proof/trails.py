"""On which networks, and in whose frames, a packet and the reply to it are heard: the trail that they leave.

Every station hears all frames of its networks, those that a switch floods too. So a frame is known by the network and
by who put it there, not by who hears it; a host hears by which NIC a packet came into its stack, and no frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from netproof.proof.frames import mac_bytes
from netproof.proof.ground import Hearer
from netproof.proof.parties import Spot
from netproof.site.model import Site

_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_REPLIES = (0, 129)
"""Echo replies of ICMP and of ICMPv6; 0 is nothing in ICMPv6, and 129 nothing in ICMP."""
_UNTOLD = b""


class Hop(NamedTuple):
    """A network crossed by a packet, or by the `reply` to it, in a frame from `mac`; a host's stack is told no MAC."""

    network: str
    mac: bytes
    reply: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """By the hop `last` a packet has arrived. `hops` are all that it and its reply may take; empty: it may take any.

    `watched`: where others would be heard.
    """

    last: Hop
    hops: frozenset[Hop] = frozenset()
    watched: frozenset[Spot] = frozenset()


def crossing(network: str, mac: str, *, reply: bool) -> tuple[Hop, Hop]:
    """Return a hop as it is heard on the wire, and as it is heard in a host's stack."""
    return Hop(network, mac_bytes(mac), reply), Hop(network, _UNTOLD, reply)


def heard(site: Site, ear: Hearer, packet: bytes, by: str) -> Hop:
    """Return the hop by which `packet` came to `ear`; the network is "" where nobody can say which it was."""
    node = site.stations.get(ear.spot.node) or site.hosts.get(ear.spot.node)
    name = ear.spot.where if ear.of_packets else by
    network = next((n.network for n in node.nics if n.name == name), "") if node else ""
    if ear.of_packets:
        return Hop(network, packet[6:12], _is_reply(packet[12:14], packet[14:]))
    return Hop(network, _UNTOLD, _is_reply(_IPV4, packet) if packet[:1] == b"\x45" else packet[0] in _REPLIES)


def _is_reply(ethertype: bytes, packet: bytes) -> bool:
    if ethertype == _IPV4 and len(packet) > 20:
        return packet[9] == 1 and packet[(at := (packet[0] & 15) * 4) : at + 1] == b"\0"
    return ethertype == _IPV6 and len(packet) > 40 and packet[6] == 58 and packet[40] == 129
