"""What an ear at an interface hears."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netproof.kernel.netns import entered
from netproof.proof import frames
from netproof.proof.ears import packet_socket, wire_ear
from netproof.proof.parties import Spot
from shell import run

pytestmark = pytest.mark.needs("netns", "ip")
MAC = "02:00:00:00:00:01"


def test_ear_hears_departures_only_while_it_minds_them(make_netns: Callable[[str], str]) -> None:
    """What leaves is heard, and told from what comes in, unless it is said not to matter."""
    netns = make_netns("ear")
    run("ip", "-n", netns, "link", "add", "d0", "type", "veth", "peer", "name", "d1")
    for end in ("d1", "d0"):
        run("ip", "-n", netns, "link", "set", end, "up")
    with entered(netns):
        ear, mouth = wire_ear(Spot("vm1", "d0")), packet_socket("d0")
    heard = []
    with ear.sock, mouth:
        for minded in (True, False, True):
            ear.mind_departures(minded)
            frame = frames.ethernet(MAC, MAC, frames.EXPERIMENTAL, b"mine")
            mouth.send(frame)
            heard.append([outgoing for packet, outgoing, _ in ear.hear() if packet == frame])
    assert heard == [[True], [], [True]]
