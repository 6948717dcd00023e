"""What is legal but hardly meant."""

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


def test_plain_site_has_no_warnings() -> None:
    """Nothing to say."""
    assert warnings(parse_site(b"netproof: 1\nsite: s\nnetworks: {n: }\nstations: {r: {network: n}}\n", "f")) == ()
