"""Answer no ARP on the bridge, whatever address it asks for; on a gateway's only for addresses of the bridge itself.

Closes the question, and with it the way of whoever must ask first; who knows the bridge's MAC, or sends to everybody's,
is heard, and so is all of IPv6. Of this setting and that of all links the larger holds (8 none, 1 the link's own; 3,
for all, would answer for every address of the host), which is why it is the largest where nobody may be answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.isolation.method import ALL_WAYS, BridgeContext, Method
from netproof.state.layer3 import Sysctl
from netproof.state.object import HOME, KernelObject


def _objects(context: BridgeContext) -> Iterator[KernelObject]:
    answers = "1" if context.gateway else "8"
    yield Sysctl(HOME, f"net/ipv4/conf/{context.bridge}/arp_ignore", answers, context.bridge)


METHOD = Method(
    "arp-ignore",
    "other",
    _objects,
    leaves_open=ALL_WAYS - {"arp-who-has/ipv4", "arp-probe/ipv4", "route/ipv4"},
    spares_gateway=True,
)
