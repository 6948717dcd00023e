"""Whether a host routes for others, and the barrier between its bridges and all else.

Turning forwarding on is a setting of the whole host; it is never turned off, because others may need it. What must
not be forwarded is instead dropped by name: whatever would be *routed* from a bridge to another link, or from
another link to a bridge. With br_netfilter, frames *bridged* between ports pass the same hook, the bridge being input
and output link at once: these are left alone.

A gateway forwards for its segment alone. In IPv4 that is a setting of the links that take part; IPv6 has only that of
the whole host (6.18; what a link can have for itself came in 6.17). Lest a host that does not forward begin to do so
between its own NICs, this is dropped, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netproof.state.filters import NftChain, table_name
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME
from netproof.values.address import Family

BETWEEN_NICS = "between-nics"


def forwarding_on() -> Iterator[Sysctl]:
    """Yield the settings by which the host forwards, in both families."""
    yield Sysctl(HOME, "net/ipv4/ip_forward", "1")
    yield Sysctl(HOME, "net/ipv6/conf/all/forwarding", "1")


def forwarding_by(links: Iterable[str], families: Iterable[Family]) -> Iterator[Sysctl]:
    """Yield the settings by which what comes in by `links` is forwarded, and as little else as there is a setting."""
    if "ipv4" in families:
        for link in links:
            yield Sysctl(HOME, f"net/ipv4/conf/{link}/forwarding", "1", link)
    if "ipv6" in families:
        yield Sysctl(HOME, "net/ipv6/conf/all/forwarding", "1")


def barrier(
    site: str, bridges: Iterable[str], passages: Sequence[str] = (), *, apart: Sequence[str] = ()
) -> Iterator[NftChain]:
    """Yield the chain that drops what is routed from or to one of `bridges`, but for what `passages` decide first.

    `apart`: NICs between which nothing is forwarded either; they have a chain of their own.
    """
    rules = [
        rule
        for bridge in sorted(bridges)
        for rule in (f'iifname "{bridge}" oifname != "{bridge}" drop', f'iifname != "{bridge}" oifname "{bridge}" drop')
    ]
    if apart:
        drops = tuple(f'oifname "{nic}" drop' for nic in apart)
        yield NftChain(HOME, "inet", table_name(site), BETWEEN_NICS, "", drops)
    between = [f'iifname "{nic}" jump {BETWEEN_NICS}' for nic in apart]
    yield NftChain(
        HOME,
        "inet",
        table_name(site),
        "forward",
        "type filter hook forward priority filter; policy accept;",
        (*passages, *rules, *between),
    )
