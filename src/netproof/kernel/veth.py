"""Veth pairs (veth(4)). The far end is born in its namespace, so no name of it ever shows up in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.held import Held
from netproof.kernel.link import (
    IFLA_ADDRESS,
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    IFLA_NET_NS_FD,
    RTM_NEWLINK,
    LinkRecord,
    ifinfo,
)
from netproof.kernel.netlink import NEW, Request, attribute, attributes, get_s32, mac_bytes, nested, text, u32
from netproof.state.links import Veth

_VETH_INFO_PEER: Final = 1
_GETNSID: Final = 90
_NETNSA_NSID, _NETNSA_FD = 1, 3
_RTGEN = bytes(4)


def create_veth(veth: Veth, peer_netns: int) -> Request:
    """Return the request that makes a pair, both ends down; `peer_netns` is a descriptor of the far end's namespace."""
    peer = ifinfo() + text(IFLA_IFNAME, veth.peer_ifname) + u32(IFLA_NET_NS_FD, peer_netns)
    info = nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "veth"), nested(IFLA_INFO_DATA, attribute(_VETH_INFO_PEER, peer)))
    own = text(IFLA_IFNAME, veth.ifname) + attribute(IFLA_ADDRESS, mac_bytes(veth.mac))
    return Request(RTM_NEWLINK, ifinfo() + own + info, NEW)


def read_pairs(known: Mapping[str, tuple[Held, Mapping[int, LinkRecord]]]) -> dict[str, dict[int, Veth]]:
    """Return the pairs both of whose ends are among the `known` namespaces, by namespace and index.

    An end tells the index of the other, and by a number the namespace that one is in; what the number means is asked
    of the kernel only for a namespace in which a veth of that index points back.
    """
    ends: dict[tuple[int, int], list[str]] = {}
    for name, (_, links) in known.items():
        for link in _veths(links):
            ends.setdefault((link.index, link.other_end), []).append(name)
    nsids: dict[tuple[str, str], int | None] = {}
    pairs: dict[str, dict[int, Veth]] = {name: {} for name in known}
    for name, (held, links) in known.items():
        for link in _veths(links):
            for other in ends.get((link.other_end, link.index), ()):
                if (name, other) not in nsids:
                    nsids[name, other] = None if name == other else nsid(held.route, known[other][0].fd)
                if nsids[name, other] == link.other_nsid:
                    far = known[other][1][link.other_end]
                    pairs[name][link.index] = Veth(name, link.ifname, link.mac, other, far.ifname)
                    break
    return pairs


def _veths(links: Mapping[int, LinkRecord]) -> Iterator[LinkRecord]:
    return (link for link in links.values() if link.link_type == "veth")


def nsid(here: Channel, there: int) -> int:
    """Return the number by which the namespace of `here` knows that of the descriptor `there`; -1 if it does not."""
    answer = here.ask(Request(_GETNSID, _RTGEN + u32(_NETNSA_FD, there)))
    return -1 if isinstance(answer, Refusal) else get_s32(attributes(answer, len(_RTGEN))[_NETNSA_NSID])
