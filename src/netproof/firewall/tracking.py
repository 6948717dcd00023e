"""Connections of bridged frames: which packets answer one, and which are errors about one.

The bridge family of most kernels knows no connections. So the bridge hands its frames to the hooks of the IP families
too (`Bridge.nf_call`, on our bridge only), where they are tracked, and what was found is marked on the packet. The way
of a frame on 6.18, tried::

    port ─▶ bridge prerouting −300   the marks are cleared: they come from nowhere but here
            inet prerouting  −450    its zone is set by the bridge that it is on
            inet prerouting  −400    fragments are put together, those of one zone
            inet prerouting  −200    its connection is looked up, in that zone
            inet prerouting  −150    it is marked as a reply, as an error, or as neither
            bridge forward   −200    the lines of the policy decide (`firewall.bridged`), at every port where it leaves
            inet postrouting         what was not dropped makes a new connection known

A zone for each segment, because two segments may have the same addresses: without, a flow in one opens its reverse in
the other, and fragments of one complete packets of the other (tried). The zone is set before fragments are put together
for the latter. Only frames between members are of a segment's zone; what is for its gateway's MAC is routed, and
tracked with all else that the host routes, in zone 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from netproof.firewall.spelling import in_order, names, numbers
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME

REPLY, ERROR = 0x10000000, 0x20000000
"""Bits of a packet's mark: it travels against the direction in which its connection was started; it is an ICMP error
about a connection. An error is both where it travels that way."""

IS_REPLY, IS_NO_REPLY, IS_ERROR, IS_NO_ERROR = (
    f"meta mark & {bit:#010x} {says} {bit:#010x}" for bit in (REPLY, ERROR) for says in ("==", "!=")
)
_ZONES = 65535


@dataclass(frozen=True, slots=True)
class Tracked:
    """A segment whose frames are tracked: its `bridge` and that one's ports, its `zone`, its gateway's MAC if any."""

    bridge: str
    ports: tuple[str, ...]
    zone: int
    gateway_mac: str | None = None


def zones(site: str, segments: Iterable[str]) -> Mapping[str, int]:
    """Return the conntrack zone of each segment, 1 to 65535: from its name, or the next free where that is taken."""
    taken: dict[int, str] = {}
    for name in sorted(segments):
        digest = hashlib.sha256(f"{site}/{name}/zone".encode()).digest()
        zone = int.from_bytes(digest[:4], "big") % _ZONES + 1
        while zone in taken:
            zone = zone % _ZONES + 1
        taken[zone] = name
    return {name: zone for zone, name in taken.items()}


def tracking(site: str, tracked: Iterable[Tracked]) -> Iterator[NftChain]:
    """Yield the chains that put frames into zones and mark what conntrack says of them."""
    found = sorted(tracked, key=lambda one: one.zone)
    everywhere = names(port for one in found for port in one.ports)
    cleared = 0xFFFFFFFF ^ REPLY ^ ERROR
    yield NftChain(
        HOME,
        "bridge",
        table_name(site),
        "unmarked",
        "type filter hook prerouting priority dstnat; policy accept;",
        (f"iifname {everywhere} meta mark set meta mark & {cleared:#010x}",),
    )
    yield NftChain(
        HOME,
        "inet",
        table_name(site),
        "zones",
        "type filter hook prerouting priority -450; policy accept;",
        tuple(_zone_rules(found)),
    )
    here = f"ct zone {numbers(one.zone for one in found)}"
    yield NftChain(
        HOME,
        "inet",
        table_name(site),
        "marks",
        "type filter hook prerouting priority mangle; policy accept;",
        (
            f"{here} ct direction reply meta mark set meta mark | {REPLY:#010x}",
            f"{here} ct state related meta mark set meta mark | {ERROR:#010x}",
        ),
    )


def _zone_rules(tracked: Iterable[Tracked]) -> Iterator[str]:
    found = {one.bridge: one for one in tracked}
    for bridge in in_order(found):
        if mac := found[bridge].gateway_mac:
            yield f'iifname "{bridge}" ether daddr {mac} accept'
    zones = ", ".join(f'"{bridge}" : {found[bridge].zone}' for bridge in in_order(found))
    yield f"ct zone set iifname map {{ {zones} }}"
