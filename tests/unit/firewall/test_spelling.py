"""How sets of addresses are spelled."""

from __future__ import annotations

from ipaddress import ip_address, ip_network, summarize_address_range

import pytest

from netproof.firewall.spelling import prefixes


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        (["10.0.0.1/32"], "10.0.0.1"),
        (["10.0.0.0/24"], "10.0.0.0/24"),
        (["0.0.0.0/0"], "0.0.0.0/0"),
        (["10.0.0.0/25", "10.0.0.128/25"], "10.0.0.0/24"),
        (["10.0.0.0/24", "10.0.0.7/32"], "10.0.0.0/24"),
        (["10.0.0.128/25", "10.0.1.0/25"], "10.0.0.128-10.0.1.127"),
        (["10.0.0.1/32", "10.0.0.2/31"], "10.0.0.1-10.0.0.3"),
        (["10.0.1.0/24", "9.0.0.1/32"], "{ 9.0.0.1, 10.0.1.0/24 }"),
        (["2001:db8::1/128"], "2001:db8::1"),
        (["2001:db8::/64", "2001:db8:0:1::/64"], "2001:db8::/63"),
        (["::/0"], "::/0"),
    ],
)
def test_prefixes_are_spelled_as_nft_prints_them(given: list[str], spelled: str) -> None:
    """One alone without braces, sorted, joined where they touch."""
    assert prefixes(map(ip_network, given)) == spelled


def test_range_is_a_prefix_wherever_it_is_one() -> None:
    """As the standard library finds, for every range of a few addresses."""
    base = int(ip_address("10.0.0.0"))
    for first in range(base, base + 33):
        for last in range(first, base + 33):
            addresses = [ip_network(number) for number in range(first, last + 1)]
            spans = list(summarize_address_range(ip_address(first), ip_address(last)))
            whole = str(spans[0]) if len(spans) == 1 else f"{ip_address(first)}-{ip_address(last)}"
            assert prefixes(addresses) == whole.removesuffix("/32")
