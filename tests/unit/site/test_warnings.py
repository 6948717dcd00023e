"""What is legal but hardly meant."""

import pytest

from netproof.site.load import parse_site
from netproof.site.warnings import warnings


def test_packets_bigger_than_the_network_are_warned_of() -> None:
    """At the NIC's line."""
    site = parse_site(b"netproof: 1\nsite: s\nnetworks: {n: }\nstations:\n  r: {network: n, mtu: 9000}\n", "f")
    assert [str(w) for w in warnings(site)] == ["f:5:3: r: eth0 sends packets of 9000 bytes; network n carries 1500"]


def test_segment_of_nobody_is_warned_of() -> None:
    """It would be made nowhere."""
    site = parse_site(b"netproof: 1\nsite: s\nsegments: {a: }\n", "f")
    assert [w.message for w in warnings(site)] == [
        'segment "a" has neither endpoints nor uplinks: nothing is made of it'
    ]


DHCP = b"""
netproof: 1
site: s
networks: {n: }
hosts: {h: {nics: {eth0: {network: n}}}}
segments: {a: {subnets: [192.0.2.0/24]}}
endpoints:
  server: {host: h, segment: a, addresses: [192.0.2.2/24]GUARD}
  client: {host: h, segment: a, addresses: [192.0.2.3/24]}
policy:
  - {from: SENDER, to: client, allow: [TRAFFIC]}
"""


@pytest.mark.parametrize(
    ("sender", "traffic", "guard", "told"),
    [
        ("server", "udp/68", "", "udp/68 is allowed from server, and its guard drops"),
        ("server", "udp/67-68", "", "udp/67-68 is allowed from server, and its guard drops"),
        ("a", "udp/546", "", "udp/546 is allowed from server, client, and their guards drop"),
        ("server", "udp/68", ", guard: {dhcp: off}", ""),
        ("server", "udp/67", "", ""),
        ("server", "udp/1-1024", "", ""),
        ("any", "udp/68", "", ""),
    ],
)
def test_policy_that_allows_what_the_guard_drops_is_warned_of(sender: str, traffic: str, guard: str, told: str) -> None:
    """Who allows just what DHCP servers say means a server; a range of other ports as well, or anybody, means none."""
    text = DHCP
    for word, value in (("SENDER", sender), ("TRAFFIC", traffic), ("GUARD", guard)):
        text = text.replace(word.encode(), value.encode())
    found = [w.message for w in warnings(parse_site(text, "f"))]
    rest = " what a DHCP server would answer: a server says guard: {dhcp: off}"
    assert found == ([told + rest] if told else [])


def test_plain_site_has_no_warnings() -> None:
    """Nothing to say."""
    assert warnings(parse_site(b"netproof: 1\nsite: s\nnetworks: {n: }\nstations: {r: {network: n}}\n", "f")) == ()
