"""The bridge is in a network namespace of its own, an annex of the host, and so are its ports and their guards.

What a bridge hands up is for the IP stack of its own namespace. That of an annex bears no address but the bridge's
link-local one, has no other link and no way out: so nothing of the host's own is reached, neither its addresses nor
what lies behind it, whatever becomes of rules. The annex itself is: its stack takes what is for every host on a wire,
and what is for the bridge's own address (tried on 6.18). Another method beside it closes that.

The objects are the compiler's (`Situation.placed`): where a segment lives is no matter of the bridge alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import OTHER_WAYS, BridgeContext, Method
from netproof.state.object import KernelObject


def _objects(_: BridgeContext) -> Iterator[KernelObject]:
    return iter(())


METHOD = Method(
    "namespace",
    "other",
    _objects,
    leaves_open=OTHER_WAYS
    | {"group-to-host/ipv4", "udp-unspecified/ipv4"}
    | {
        f"{way}/ipv6"
        for way in (
            "fragments-to-host",
            "group-to-host",
            "ipv6-all-nodes",
            "ipv6-link-local",
            "nd-who-has",
            "options-to-host",
            "redirect-to-host",
            "router-advertisement-to-host",
        )
    },
)
