"""Derived names and MACs."""

from netproof.values.naming import derived_mac, ifname


def test_ifname_short_is_site_and_name() -> None:
    """A name that fits is shown whole."""
    assert ifname("demo", "dmz", "bridge") == "demo-dmz"


def test_ifname_long_is_nine_characters_and_a_hash() -> None:
    """A long name keeps its first nine characters; role and name keep it apart from others."""
    long = ifname("demo", "a-very-long-name", "bridge")
    assert len(long) == 15
    assert long.startswith("demo-a-ve-")
    assert long != ifname("demo", "a-very-long-name", "port")


def test_derived_mac_is_local_unicast() -> None:
    """Derived MACs never claim a vendor and are never groups."""
    assert int(derived_mac("demo", "dmz", "bridge")[:2], 16) & 0b11 == 0b10
