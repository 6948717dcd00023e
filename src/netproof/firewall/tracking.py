"""Connections of bridged frames: which packets answer one, and which are errors about one.

Where the bridge family knows connections (nf_conntrack_bridge), it is asked. Elsewhere the bridge hands its frames to
the hooks of the IP families too (`Bridge.nf_call`, on our bridge only), and they are tracked there. What was found is
marked on the packet either way. The way of a frame on 6.18, which has no nf_conntrack_bridge, tried::

    port ─▶ bridge prerouting −300   the marks are cleared: they come from nowhere but here
            inet prerouting  −450    its zone is set by the bridge that it is on
            inet prerouting  −400    fragments are put together, those of one zone
            inet prerouting  −200    its connection is looked up, in that zone
            inet prerouting  −150    it is marked as a reply, as an error, or as neither
            bridge forward   −200    the lines of the policy decide (`firewall.bridged`), at every port where it leaves
            inet postrouting         what was not dropped makes a new connection known

With nf_conntrack_bridge (6.12, tried) it is the same in bridge prerouting alone: −300 marks cleared and zone set, by
the port; −200 fragments and connection; −150 marks.

A zone for each segment, because two segments may have the same addresses: without, a flow in one opens its reverse in
the other, and fragments of one complete packets of the other (tried). The zone is set before fragments are put together
for the latter. Only frames between members are of a segment's zone; what is for its gateway's MAC is routed, and
tracked with all else that the host routes, in zone 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netproof.firewall.matches import ICMP
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


def tracking(site: str, tracked: Sequence[Tracked], *, native: bool) -> Iterator[NftChain]:
    """Yield the chains that put frames into zones and mark what conntrack says of them; `native`: in family bridge."""

    def chain(family: str, name: str, priority: str, rules: Iterable[str]) -> NftChain:
        hook = f"type filter hook prerouting priority {priority}; policy accept;"
        return NftChain(HOME, family, table_name(site), name, hook, tuple(rules))

    everywhere = names(port for one in tracked for port in one.ports)
    clear = f"iifname {everywhere} meta mark set meta mark & {0xFFFFFFFF ^ REPLY ^ ERROR:#010x}"
    here = f"ct zone {numbers(one.zone for one in tracked)}"
    marks = (
        f"{here} ct direction reply meta mark set meta mark | {REPLY:#010x}",
        # What a helper expects (FTP, SIP), if somebody else gave a connection one, is related too.
        f"{here} ct state related {ICMP} meta mark set meta mark | {ERROR:#010x}",
    )
    if native:
        by_port = {port: one for one in tracked for port in one.ports}
        yield chain("bridge", "zones", "dstnat", (clear, *_zone_rules(by_port)))
        yield chain("bridge", "marks", "-150", marks)
    else:
        yield chain("bridge", "unmarked", "dstnat", (clear,))
        yield chain("inet", "zones", "-450", _zone_rules({one.bridge: one for one in tracked}))
        yield chain("inet", "marks", "mangle", marks)


def _zone_rules(tracked: Mapping[str, Tracked]) -> Iterator[str]:
    """Yield the rules that set the zone of what comes in by each link, but for what is for a gateway."""
    links = in_order(tracked)
    for link in links:
        if mac := tracked[link].gateway_mac:
            yield f'iifname "{link}" ether daddr {mac} accept'
    zones = ", ".join(f'"{link}" : {tracked[link].zone}' for link in links)
    yield f"ct zone set iifname map {{ {zones} }}"
