"""Addresses as they are written."""

from ipaddress import IPv4Interface, ip_interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netproof.declared.addresses import interface, network


@given(st.integers(0x01000001, 0x7EFFFFFE), st.integers(1, 32))
def test_ipv4_interface_is_what_the_constructor_makes(number: int, length: int) -> None:
    """The quick way gives the same value in every respect."""
    theirs = IPv4Interface((number, length))
    if length < 31 and theirs.ip in (theirs.network.network_address, theirs.network.broadcast_address):
        return
    ours = interface(str(theirs))
    assert (ours, hash(ours), repr(ours), ours.network, ours.netmask) == (
        theirs,
        hash(theirs),
        repr(theirs),
        theirs.network,
        theirs.netmask,
    )
    assert (ours.ip, ours.with_prefixlen, ours.hostmask) == (theirs.ip, theirs.with_prefixlen, theirs.hostmask)


@pytest.mark.parametrize(
    "text", ["192.0.2.01/24", "192.0.2.1/024", "192.0.2.1/33", "1.2.3/8", "１.2.3.4/8", "1.2.3.4.5/8"]
)
def test_ipv4_interface_in_an_odd_spelling_is_refused(text: str) -> None:
    """Leading zeros are octal to some programs; other digits are digits to Python only."""
    with pytest.raises(ValueError, match="not an address with prefix length"):
        interface(text)


def test_ipv6_interface_is_read_in_any_spelling() -> None:
    """Equal addresses are equal however written."""
    assert interface("2001:DB8:0::1/64") == ip_interface("2001:db8::1/64")


def test_network_is_read_in_any_spelling() -> None:
    """The comparison with its host bits is of numbers, not of text."""
    assert str(network("2001:DB8::0/32")) == "2001:db8::/32"
