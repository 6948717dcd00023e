"""A private segment: its endpoints reach the gateway and whoever is behind an uplink, but not each other.

On one host the kernel keeps them apart: between `isolated` ports of a bridge nothing passes (`state.bridging.Port`).
The flag ends with the host, and a port that leads to others cannot have it, for behind it there are also those whom
endpoints may reach (tried on 6.18: without, all passes over VXLAN; with, a gateway on another host is cut off). So
there endpoints of other hosts are told by their MACs, coming and going, in family bridge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations

from netproof.state.filters import NftChain, one_of, table_name
from netproof.state.object import HOME


def apart_from_afar(site: str, segment: str, outward: Iterable[str], remote_macs: Iterable[str]) -> Iterator[NftChain]:
    """Yield the chain that keeps endpoints of this host from those of others, which are behind ports `outward`."""
    ports, macs = sorted(outward), sorted(set(remote_macs))
    if not ports or not macs:
        return
    through = [f'iifname "{a}" oifname "{b}" accept' for a, b in permutations(ports, 2)]
    coming = [f'iifname "{port}" ether saddr {one_of(macs)} drop' for port in ports]
    going = [f'oifname "{port}" ether daddr {one_of(macs)} drop' for port in ports]
    yield NftChain(
        HOME,
        "bridge",
        table_name(site),
        f"private-{segment}",
        "type filter hook forward priority filter; policy accept;",
        (*through, *coming, *going),
    )
