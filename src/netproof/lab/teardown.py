"""Taking a lab away: processes, then links, then names; nothing but what bears the lab's mark.

Links go before their namespaces, and by group: a namespace's end is the kernel's own later business, whereas a deleted
group is gone when the kernel answers (and one by one each link would cost some 17 ms, 6.18). Most links of a lab have
an end at a bridge, so namespaces with bridges come first and leave little to do elsewhere.
"""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from netproof.errors import KernelError, UsageError
from netproof.kernel.channel import BATCH, Channel
from netproof.kernel.link import IFLA_GROUP, RTM_DELLINK, LinkRecord, dump_links, ifinfo, link_record, set_link
from netproof.kernel.netlink import Request, u32
from netproof.kernel.netns import delete, entered, open_netns
from netproof.lab.marks import Found, find
from netproof.lab.nodes import Kind
from netproof.lab.processes import end

_GROUP = 0x6E706C62
"""A link group that nobody else uses, and only within namespaces of the lab."""
_THREADS = 8
_HARDWARE = ("ether", "loopback")


def clear(kind: Kind, site: str) -> Found:
    """Remove every process, link and namespace of a lab and return what was found.

    What is foreign is left alone. Raises UsageError if this process is itself in the lab, KernelError, and ApplyError
    if a process will not end.
    """
    found = find(kind, site)
    here = Path("/proc/self/ns/net").stat()
    for node in found.nodes:
        if node.identity == (here.st_dev, here.st_ino):
            raise UsageError(f"this is node {node.node} of the lab itself: leave it first (`exit`)")
    with ExitStack() as stack:
        for node in found.nodes:  # held, so that its inode is no other namespace's before we are done
            stack.callback(os.close, open_netns(node.netns))
        namespaces = frozenset(node.identity for node in found.nodes)
        end(namespaces)
        _delete_links([node.netns for node in found.nodes])
        for node in found.nodes:
            delete(node.netns)
        end(namespaces)  # who came in by name meanwhile
    for path in found.bare:
        path.unlink(missing_ok=True)
    return found


def _delete_links(netnses: list[str]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        stocks = {netns: _stock(netns) for netns in netnses}
        bridged = [n for n, links in stocks.items() if any(link.link_type == "bridge" for link in links)]
        list(pool.map(_empty, bridged))
        list(pool.map(_empty, [n for n, links in stocks.items() if links and n not in set(bridged)]))


def _deletable(channel: Channel, netns: str) -> list[LinkRecord]:
    """Return the links that die with their namespace; hardware moves back to the machine by itself."""
    links = map(link_record, channel.dump(dump_links(), f"links of {netns}"))
    return [link for link in links if link.link_type not in _HARDWARE and not link.link_type.startswith("type-")]


def _stock(netns: str) -> list[LinkRecord]:
    with entered(netns):
        channel = Channel.open()
    try:
        return _deletable(channel, netns)
    finally:
        channel.close()


def _empty(netns: str) -> None:
    with entered(netns):
        channel = Channel.open()
    try:
        group = [set_link(link.ifname, u32(IFLA_GROUP, _GROUP)) for link in _deletable(channel, netns)]
        for i in range(0, len(group), BATCH):
            channel.send(group[i : i + BATCH])
        refused = channel.send([Request(RTM_DELLINK, ifinfo() + u32(IFLA_GROUP, _GROUP))]) if group else {}
    finally:
        channel.close()
    for refusal in refused.values():
        if refusal.errno != errno.ENODEV:  # their other ends were deleted in another namespace meanwhile
            raise KernelError(f"delete the links of netns {netns}", refusal.errno, refusal.text)
