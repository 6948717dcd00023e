"""Whether a host routes for others, and the barrier between its bridges and all else.

Turning forwarding on is a setting of the whole host; it is never turned off, because others may need it. What must
not be forwarded is instead dropped by name: whatever would be *routed* from a bridge to another link, or from
another link to a bridge. With br_netfilter, frames *bridged* between ports pass the same hook, the bridge being input
and output link at once: these are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.state.filters import NftChain, table_name
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME


def forwarding_on() -> Iterator[Sysctl]:
    """Yield the settings by which the host forwards, in both families."""
    yield Sysctl(HOME, "net/ipv4/ip_forward", "1")
    yield Sysctl(HOME, "net/ipv6/conf/all/forwarding", "1")


def barrier(site: str, bridges: Iterable[str]) -> NftChain:
    """Return the chain that drops what is routed from or to one of `bridges`."""
    rules = [
        rule
        for bridge in sorted(bridges)
        for rule in (f'iifname "{bridge}" oifname != "{bridge}" drop', f'iifname != "{bridge}" oifname "{bridge}" drop')
    ]
    return NftChain(
        HOME,
        "inet",
        table_name(site),
        "forward",
        "type filter hook forward priority filter; policy accept;",
        tuple(rules),
    )
