"""Lines of ss(8) as facts."""

from __future__ import annotations

from ipaddress import ip_address

from netproof.kernel.facts_sockets import sockets
from netproof.state.inhabitants import ListeningSocket

SAID = """\
udp UNCONN 0      0         0.0.0.0%br0:67    0.0.0.0:* users:(("dnsmasq",pid=7038,fd=5))
udp UNCONN 0      0               *:123        *:* users:(("ntpd",pid=8,fd=6),("ntpd",pid=7,fd=6))
udp UNCONN 0      0    [fe80::1]%eth0:546      [::]:*
tcp LISTEN 0      128       127.0.0.1:25    0.0.0.0:*
tcp LISTEN 0      128            [::]:80       [::]:*
tcp LISTEN 0      128 [::ffff:192.0.2.1]:81       *:*
"""


def test_listening_sockets_are_read() -> None:
    """With the link they are bound to, the family, and who holds them."""
    assert sockets(SAID) == (
        ListeningSocket("udp", None, 67, ifname="br0", pids=(7038,)),
        ListeningSocket("udp", None, 123, family=6, both=True, pids=(7, 8)),
        ListeningSocket("udp", ip_address("fe80::1"), 546, ifname="eth0", family=6),
        ListeningSocket("tcp", ip_address("127.0.0.1"), 25),
        ListeningSocket("tcp", None, 80, family=6),
        ListeningSocket("tcp", ip_address("192.0.2.1"), 81),
    )
