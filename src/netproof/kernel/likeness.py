"""What of others' lies on a port, or hooks it, that does not on another which was made like it.

Two ports that one compiler made alike hold packets alike only as long as nobody has laid hands on one of them: a
program or a filter at its door, a link upon it, an address, an entry more, or a rule that speaks of it.
"""

from __future__ import annotations

import errno
import re
import struct
from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from contextlib import closing
from typing import Final

from netproof.errors import CannotError, KernelError
from netproof.kernel import libnftables
from netproof.kernel.address import dump_addresses
from netproof.kernel.bpf import tcx_programs
from netproof.kernel.channel import Channel
from netproof.kernel.ingress import QDISC, dump_qdiscs
from netproof.kernel.link import dump_links, link_record
from netproof.kernel.neighbour import AF_BRIDGE, GETNEIGH, NDA_MASTER, NDA_VLAN, NDMSG, NUD_NOARP, NUD_PERMANENT
from netproof.kernel.netlink import Request, attributes
from netproof.kernel.netns import entered
from netproof.kernel.vlan import dump_vlans
from netproof.state.filters import table_name

_IFINFO: Final = struct.Struct("=BxHiII")
_IFADDR: Final = struct.Struct("=BBBBi")
_IFLA_AF_SPEC, _IFLA_XDP, _XDP_ATTACHED = 26, 43, 2
_PORT_SETTINGS: Final = (*range(4, 13), 25, *range(27, 35), 37, *range(39, 45))
"""IFLA_BRPORT_*: what somebody sets, not what spanning tree and timers make of it."""

_Shape = Mapping[str, Hashable]


def unlike(netns: str | None, port: str, other: str) -> list[str]:
    """Name in which ways the link `port` is not as `other`. Raises KernelError, also if one of them is not there."""
    try:
        with entered(netns), closing(Channel.open()) as channel:
            one, two = (_shape(channel, name) for name in (port, other))
    except OSError as error:
        raise KernelError(f"compare {port} with {other}", error.errno or errno.EIO) from error
    return [what for what, found in one.items() if found != two[what]]


def spoken_of(netns: str | None, site: str, names: Collection[str]) -> list[str]:
    """Return which of `names` (links, MACs, addresses) nft rules speak of that are not those of `site`.

    A pattern speaks of all links whose name begins so. Raises CannotError, KernelError where the rules are not told.
    """
    with entered(netns):
        try:
            listed = libnftables.run("list ruleset")
        except libnftables.NftRefusedError as error:
            raise CannotError(f"nft does not tell its rules: {error}") from error
    tables = re.split(r"^(?=table )", listed, flags=re.MULTILINE)
    foreign = "".join(table for table in tables if table.split()[2:3] != [table_name(site)])
    said = set(re.findall(r"[\w.:@-]+\*?", foreign))
    patterns = tuple(word.removesuffix("*") for word in said if word.endswith("*"))
    return [name for name in names if name in said or (patterns and name.startswith(patterns))]


def _shape(channel: Channel, ifname: str) -> _Shape:
    index = channel.ifindex(ifname)
    bodies = channel.dump(dump_links(), "links")
    links = [link_record(body) for body in bodies]
    own = next((body for body in bodies if _IFINFO.unpack_from(body)[2] == index), None)
    if own is None:
        raise KernelError(f"find link {ifname}", errno.ENODEV)
    found = attributes(own, _IFINFO.size)
    return {
        "an XDP program": attributes(found.get(_IFLA_XDP, b"")).get(_XDP_ATTACHED, b"\0"),
        "a BPF program": tcx_programs(index),
        "settings as a port": tuple(link_record(own).port_info.get(number) for number in _PORT_SETTINGS),
        "a link upon it": sum(link.other_end == index and link.link_type in _UPON for link in links),
        "queueing disciplines or filters": _qdiscs(channel, index),
        "addresses": sum(_IFADDR.unpack_from(b)[4] == index for b in channel.dump(dump_addresses(), "addresses")),
        "VLANs": _vlans(channel, index),
        "FDB entries": _entries(channel, index),
    }


_UPON: Final = ("vlan", "macvlan", "ipvlan", "macvtap", "ipvtap", "macsec")


def _qdiscs(channel: Channel, index: int) -> Hashable:
    """Return the disciplines of a link; where filters can be tied, there is one of its own for that."""
    found = (b for b in channel.dump(dump_qdiscs(), "queueing disciplines") if QDISC.unpack_from(b)[1] == index)
    return frozenset((QDISC.unpack_from(body)[3], attributes(body, QDISC.size).get(1, b"")) for body in found)


def _vlans(channel: Channel, index: int) -> Hashable:
    bodies = channel.dump(dump_vlans(), "the VLANs of bridges")
    found = (attributes(b, _IFINFO.size).get(_IFLA_AF_SPEC) for b in bodies if _IFINFO.unpack_from(b)[2] == index)
    return tuple(found)


def _entries(channel: Channel, index: int) -> Hashable:
    """Return how many lasting entries of a kind the bridge has at a port: their MACs are each port's own."""
    asked = Request(GETNEIGH, NDMSG.pack(AF_BRIDGE, 0, 0, 0, 0))
    count: Counter[tuple[int, int, bytes]] = Counter()
    for body in channel.dump(asked, "the FDB"):
        _, at, state, flags, _ = NDMSG.unpack_from(body)
        found = attributes(body, NDMSG.size)
        if at == index and NDA_MASTER in found and state & (NUD_NOARP | NUD_PERMANENT):
            count[state, flags, found.get(NDA_VLAN, b"")] += 1
    return frozenset(count.items())
