"""Routes as the kernel will show them: with a device, and without what it takes for default."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

from netproof.state.layer3 import MAIN_TABLE, Route
from netproof.values.address import Address, Interface, Network

DEFAULT: dict[int, Network] = {4: IPv4Network("0.0.0.0/0"), 6: IPv6Network("::/0")}
IPV6_DEFAULT_METRIC = 1024
"""What the kernel writes for an IPv6 route without a metric."""


def route(
    netns: str, to: Network | None, *, via: Address | None, ifname: str, table: int = MAIN_TABLE, metric: int = 0
) -> Route:
    """Return the route to `to`; None is the default route of the family of `via`, which must then be given."""
    if to is None:
        if via is None:
            raise ValueError("a default route without a gateway has no family")
        to = DEFAULT[via.version]
    if to.version == 6 and metric == IPV6_DEFAULT_METRIC:
        metric = 0
    return Route(netns, str(to), str(via) if via else "", ifname, table, metric)


def device_towards(via: Address, links: Iterable[tuple[str, Iterable[Interface]]]) -> str | None:
    """Return which of `links` (name, addresses) has `via` on-link, by the longest prefix; None if none has.

    The kernel would resolve it the same way; a declared route names its device so that it reads back as it was written.
    """
    found = [
        (address.network.prefixlen, ifname)
        for ifname, addresses in links
        for address in addresses
        if via in address.network
    ]
    return max(found)[1] if found else None
