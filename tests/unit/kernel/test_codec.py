"""Bytes both ways: attributes, addresses, and the text of nft."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netproof.kernel.marks import Marks
from netproof.kernel.netlink import attribute, attributes, get_mac, get_text, get_u32, mac_bytes, nested, text, u8, u32
from netproof.kernel.nft import parse_tables
from netproof.kernel.wire import packed, packed_prefix, written, written_prefix
from netproof.state.filters import NftChain


@given(st.dictionaries(st.integers(1, 1000), st.binary(max_size=40), max_size=8))
def test_attributes_are_read_as_they_were_written(values: dict[int, bytes]) -> None:
    """Whatever their lengths: padding is no part of a value."""
    data = b"".join(attribute(kind, value) for kind, value in values.items())
    assert len(data) % 4 == 0
    assert attributes(data) == values


@given(st.binary(max_size=64))
def test_attributes_of_garbage_neither_hang_nor_raise(data: bytes) -> None:
    """The kernel does not lie; a parser that trusts is one bug away from a loop."""
    attributes(data)


def test_nested_attributes_are_found_below_their_flag() -> None:
    """NLA_F_NESTED is no part of the type."""
    found = attributes(nested(18, text(1, "veth"), u32(2, 7), u8(3, 1)))
    inner = attributes(found[18])
    assert (get_text(inner[1]), get_u32(inner[2]), inner[3]) == ("veth", 7, b"\1")


def test_mac_is_read_as_written() -> None:
    """Lower case, colons."""
    assert get_mac(mac_bytes("02:00:5e:00:00:FF")) == "02:00:5e:00:00:ff"


@given(st.ip_addresses())
def test_address_is_spelled_as_ipaddress_spells_it(address: object) -> None:
    """One canonical spelling in all rooms, IPv4-mapped ones too."""
    assert written(packed(str(address))[1]) == str(address)


@pytest.mark.parametrize("text_", ["::ffff:192.0.2.1", "::192.0.2.1", "::", "::1", "2001:db8:0:1::", "192.0.2.1"])
def test_odd_addresses_are_canonical(text_: str) -> None:
    """Where inet_ntop and ipaddress differ, ipaddress wins."""
    assert written(packed(text_)[1]) == str(ip_address(text_))


def test_prefix_is_read_as_written() -> None:
    """The default route has no bytes on the wire."""
    family, address, length = packed_prefix("2001:db8::/32")
    assert written_prefix(family, address, length) == "2001:db8::/32"
    assert written_prefix(2, b"", 0) == "0.0.0.0/0"
    assert written_prefix(10, b"", 0) == "::/0"


@pytest.mark.parametrize(
    ("alias", "site"),
    [
        ("netproof:demo:br0", "demo"),
        ("netproof:demo:a:b", "demo"),
        ("netproof-lab:demo:br0", None),
        ("netproof:demo", None),
        ("netproof::br0", None),
        ("uplink to core", None),
        ("", None),
    ],
)
def test_mark_names_its_site_and_nothing_else_does(alias: str, site: str | None) -> None:
    """A lab's mark is not a live one's, nor is half a mark one."""
    assert Marks("netproof").site_in(alias) == site


LISTED = """table netdev netproof-demo {
	chain guard-vm1 {
		type filter hook ingress device "demo-vm1" priority filter; policy accept;
		ether saddr != 02:00:00:00:00:01 drop
		meta protocol { ip, arp } accept comment "{ odd }"
	}

	chain empty {
	}
}
table inet netproof-demo {
	set s {
		type ether_addr
		elements = { 02:00:00:00:00:01,
				02:00:00:00:00:02 }
	}

	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
"""


def test_listing_is_read_into_chains() -> None:
    """Base chains, plain chains, empty ones; what is not a chain is passed over."""
    hook = 'type filter hook ingress device "demo-vm1" priority filter; policy accept;'
    rules = ("ether saddr != 02:00:00:00:00:01 drop", 'meta protocol { ip, arp } accept comment "{ odd }"')
    assert list(parse_tables("", LISTED)) == [
        NftChain("", "netdev", "netproof-demo", "guard-vm1", hook, rules, "demo-vm1"),
        NftChain("", "netdev", "netproof-demo", "empty", ""),
        NftChain("", "inet", "netproof-demo", "forward", "type filter hook forward priority filter; policy drop;"),
    ]
