"""VTEPs of one network that know each other's MACs from the start.

The table of neighbours is one for all namespaces of a machine, and full with 1,024 (6.18): fifty hosts that flood need
2,450, and lose what they send until some are forgotten. Permanent entries are not counted. They bear no mark of ours:
to `apply` they are somebody else's.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

from netproof.errors import KernelError
from netproof.kernel.channel import BATCH, Channel
from netproof.kernel.neighbour import NDA_DST, NDA_LLADDR, NDMSG, NEWNEIGH, NUD_PERMANENT
from netproof.kernel.netlink import NEW, Request, attribute, mac_bytes
from netproof.kernel.netns import entered
from netproof.kernel.wire import packed
from netproof.lab.blueprint import nic_mac
from netproof.lab.nodes import Kind, netns_of
from netproof.site.model import Site
from netproof.site.nodes import Nic
from netproof.values.address import Address


def introduce(site: Site, kind: Kind) -> None:
    """Write on each host's NIC the MACs of the VTEPs that share a segment and a network with its own.

    Raises KernelError.
    """
    for host, known in _known(site).items():
        netns = netns_of(kind, site.name, host)
        with entered(netns):
            channel = Channel.open()
        try:
            requests = [_permanent(channel.ifindex(nic), vtep, mac) for nic, vtep, mac in known]
            for at in range(0, len(requests), BATCH):
                for refusal in channel.send(requests[at : at + BATCH]).values():
                    raise KernelError(f"neighbours of {netns}", refusal.errno)
        finally:
            channel.close()


def _known(site: Site) -> dict[str, dict[tuple[str, str, str], None]]:
    """Return, by host, NIC, address and MAC of every VTEP that it talks to on a network of its own."""
    found: dict[str, dict[tuple[str, str, str], None]] = defaultdict(dict)
    for segment in site.segments:
        vteps = site.vteps_of(segment).items()
        ends = [(host, nic, vtep) for host, vtep in vteps for nic in site.hosts[host].nics if _bears(nic, vtep)]
        for (host, nic, _), (other, theirs, vtep) in permutations(ends, 2):
            if nic.network == theirs.network:
                found[host][nic.name, str(vtep), nic_mac(site, site.hosts[other], theirs)] = None
    return found


def _bears(nic: Nic, address: Address) -> bool:
    return any(borne.ip == address for borne in nic.addresses)


def _permanent(index: int, address: str, mac: str) -> Request:
    family, wire = packed(address)
    header = NDMSG.pack(family, index, NUD_PERMANENT, 0, 0)
    return Request(NEWNEIGH, header + attribute(NDA_DST, wire) + attribute(NDA_LLADDR, mac_bytes(mac)), NEW)
