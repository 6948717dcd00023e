"""By which hop a packet came, whoever wrote it."""

from __future__ import annotations

from types import SimpleNamespace

from netproof.proof.parties import Spot
from netproof.proof.trails import heard
from netproof.site.model import Site
from netproof.site.nodes import Nic, PhysicalNetwork, Station


def test_packet_that_is_shorter_than_its_header_says_is_no_reply() -> None:
    """Anybody on the network may send one, around a mark that it has seen."""
    station = Station("cam", (Nic("eth0", "lan"),))
    site = Site("x", "", {"lan": PhysicalNetwork("lan")}, {}, {"cam": station}, {}, {})
    ear = SimpleNamespace(spot=Spot("cam", "eth0"), of_packets=True)
    short = bytes(6) + b"\x02" + bytes(5) + b"\x08\x00" + b"\x4f" + bytes(8) + b"\x01" + bytes(30)
    hop = heard(site, ear, short, "")  # type: ignore[arg-type] # all that is asked of it
    assert (hop.network, hop.reply) == ("lan", False)
