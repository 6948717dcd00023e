"""Every kind of kernel object, in the order in which a host is built; it is taken down in the reverse.

Adding a kind is expensive on purpose: its class here, its driver in `kernel`, its row in the contract suite, and the
answer to "how does a process with no memory recognise ours?" (`change.ownership`).

The order is a promise: an object needs only kinds above its own, except that chains jump to chains (`rank`). Links
are born down; all that guards a link stands above `Up`, so that no link is ever up and unguarded, and is taken away
only after the link went down.
"""

from __future__ import annotations

from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Link, Mac, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import KernelObject
from netproof.state.tunnels import Neighbour, RemoteEntry, Vxlan

KINDS: tuple[type[KernelObject], ...] = (
    Namespace,
    Link,
    Bridge,
    Veth,
    Vxlan,
    Vlan,
    Mac,
    Mtu,
    Sysctl,
    Port,
    FdbEntry,
    RemoteEntry,
    Neighbour,
    NftTable,
    NftChain,
    VlanFiltering,
    NoArp,
    IngressDrop,
    Up,
    Address,
    Route,
    Rule,
)

RANK: dict[type[KernelObject], int] = {kind: rank for rank, kind in enumerate(KINDS)}
BY_NAME: dict[str, type[KernelObject]] = {kind.KIND: kind for kind in KINDS}


def rank(thing: KernelObject) -> float:
    """Return the place of `thing` in the order: its kind's, and behind those of its kind that it needs.

    That is one step deep: what a chain jumps to jumps nowhere, and what leads to a gateway has none. A rule that comes
    first in its namespace guards a link.
    """
    if isinstance(thing, Rule) and thing.is_first:
        return RANK[IngressDrop] + 0.5
    led = isinstance(thing, Route) and bool(thing.via)
    return RANK[type(thing)] + 0.5 * (led or any(key[0] == thing.KIND for key in thing.needs()))
