"""What this kernel can do, tried out in a namespace without a name that is gone when the trial ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from netproof.errors import CannotError
from netproof.kernel import libnftables, netns
from netproof.kernel.bridge import create_bridge
from netproof.kernel.channel import Channel
from netproof.kernel.dot1q import create_vlan
from netproof.kernel.ingress import by_bpf, by_gact, create_clsact
from netproof.kernel.libnftables import NftRefusedError
from netproof.kernel.link import LinkRecord, dump_links, link_record
from netproof.kernel.port import join, read_port
from netproof.kernel.privilege import require_root
from netproof.kernel.route import create_route
from netproof.kernel.veth import create_veth
from netproof.kernel.vlan import filters, try_filtering
from netproof.kernel.vxlan import create_vxlan
from netproof.state.bridging import Port
from netproof.state.layer3 import Route
from netproof.state.links import Bridge, Veth, Vlan
from netproof.state.object import HOME
from netproof.state.tunnels import Vxlan

_NFT_HOOKS: Final = {"netdev": 'ingress device "lo"', "bridge": "input", "inet": "forward"}

_MADE_AS: Final = {"br": "bridges (CONFIG_BRIDGE)", "a": "veth pairs (CONFIG_VETH)"}

_BRIDGE_NETFILTER: Final = Path("/proc/sys/net/bridge")
"""There once br_netfilter is, which makes `nf_call` more than a flag."""
_TRACKED: Final = """
add chain inet t z { type filter hook prerouting priority -450; }
add rule inet t z ct zone set 1
add rule inet t z ct direction reply accept
"""


@cache
def capabilities(*, policy: bool = True) -> frozenset[str]:
    """Return what was seen to work here, of:

    ``libnftables`` (the library), ``nft-netdev nft-bridge nft-inet`` (a base chain of the family; none without the
    library), ``tc-gact tc-bpf`` (a filter that drops all), ``vlan-filtering``, ``vlan-links``, ``locked-port``,
    ``vxlan``, ``ipv6-subtrees`` (IPv6 routes for a source), ``bridge-conntrack`` (connection tracking in family
    bridge), ``bridge-nf-call`` (in the IP families, of frames that a bridge hands on to them). The last two are only of
    use to a `policy`, and to try them takes as long as to try all the others. Raises CannotError if not root, or root
    without its rights, or on a kernel without bridges or veth pairs.
    """
    require_root()
    return frozenset(netns.in_thread(lambda: _tried(policy=policy)))


def _tried(*, policy: bool) -> list[str]:
    netns.unshare()
    channel = Channel.open()
    try:
        found = [*_nftables(), *_links(channel), *_routes(channel), *_tc(channel)]
        return [*found, *_tracking()] if policy and "libnftables" in found else found
    finally:
        channel.close()


def _nftables() -> Iterator[str]:
    if not libnftables.is_installed():
        return
    yield "libnftables"
    for family, hook in _NFT_HOOKS.items():
        chain = f"add chain {family} t c {{ type filter hook {hook} priority filter; }}"
        if _takes(f'add table {family} t\n{chain}\nadd rule {family} t c iifname "x" drop'):
            yield f"nft-{family}"


def _tracking() -> Iterator[str]:
    """Try in the tables of `_nftables`: without a family's table its rules are refused."""
    if _takes("add rule bridge t c ct state established accept"):
        yield "bridge-conntrack"
    if _BRIDGE_NETFILTER.exists() and _takes(_TRACKED):
        yield "bridge-nf-call"


def _takes(script: str) -> bool:
    try:
        libnftables.run(f"{script}\n")
    except NftRefusedError:
        return False
    return True


def _links(channel: Channel) -> Iterator[str]:
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    pair = create_veth(Veth(HOME, "a", "02:00:00:00:00:01", HOME, "b"), here)
    channel.send([create_bridge(Bridge(HOME, "br", "02:00:00:00:00:02")), try_filtering("br"), pair])
    os.close(here)
    if filters(_link(channel, "br")):
        yield "vlan-filtering"
    port = Port(HOME, "a", "br", learning=False, locked=True)
    channel.send(join(port, channel.ifindex("br")))
    if read_port(HOME, _link(channel, "a"), "br") == port:
        yield "locked-port"
    vxlan = Vxlan(HOME, "vx", "02:00:00:00:00:03", vni=1, local="192.0.2.1")
    channel.send([create_vxlan(vxlan, 0), create_vlan(Vlan(HOME, "vl", "a", 7), channel.ifindex("a"))])
    made = {link.ifname for link in _all(channel)}
    yield from (name for name, ifname in (("vxlan", "vx"), ("vlan-links", "vl")) if ifname in made)


def _routes(channel: Channel) -> Iterator[str]:
    if not channel.send([create_route(Route(HOME, "::/0", source="::/128", unreachable=True), 0)]):
        yield "ipv6-subtrees"


def _tc(channel: Channel) -> Iterator[str]:
    for name, add, ifname in (("tc-gact", by_gact, "a"), ("tc-bpf", by_bpf, "b")):
        index = channel.ifindex(ifname)
        if create_clsact(index, channel) is None and add(index, channel) is None:
            yield name


def _link(channel: Channel, ifname: str) -> LinkRecord:
    for link in _all(channel):
        if link.ifname == ifname:
            return link
    raise CannotError(f"this kernel makes no {_MADE_AS[ifname]}, or its module cannot be loaded")


def _all(channel: Channel) -> list[LinkRecord]:
    return [link_record(body) for body in channel.dump(dump_links(), "links")]
