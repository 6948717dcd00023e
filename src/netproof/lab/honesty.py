"""What would make a lab lie to a proof, kept out of it and looked for again before each proof.

- A veth hands on packets whose checksum was never computed, and of up to 64 KiB (6.18), and a VXLAN device joins what
  came in pieces: with offloads on, a receiver counts what no network card ever delivers.
- br_netfilter in a switch swallows malformed frames, which would count as denied by the host (6.18).
- A switch that speaks IPv6 answers for nobody in the site.
- A wire that hangs loose, or a filter in a switch, stops what a host is then praised for stopping.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from netproof.change.kernel import Scope
from netproof.errors import UsageError
from netproof.kernel import libnftables
from netproof.kernel.channel import Channel
from netproof.kernel.link import dump_links, link_record
from netproof.kernel.linux import LinuxKernel
from netproof.kernel.netlink import Request, attributes
from netproof.kernel.netns import entered
from netproof.lab.blueprint import hardware
from netproof.lab.nodes import MARK, Kind, netns_of, node_names
from netproof.lab.offloads import Offloads
from netproof.site.model import Site
from netproof.state.bridging import FdbEntry, Port
from netproof.state.layer3 import Sysctl

_RTM_GETQDISC = 38
_TCMSG = struct.Struct("=BxxxiIII")
_TCA_KIND = 1


def require_honest(site: Site, kind: Kind) -> None:
    """Raise UsageError if somebody changed the lab of the furnished `site` so that it would lie."""
    lies = [lie for node in node_names(site) for lie in _offloads_on(netns_of(kind, site.name, node))]
    lies += _not_as_built(site, kind)
    lies += [lie for name in site.networks for lie in _filters(netns_of(kind, site.name, name))]
    if lies:
        raise UsageError(f"this lab was changed by hand, build it anew: {'; '.join(lies)}")


def _offloads_on(netns: str) -> Iterator[str]:
    with entered(netns), Offloads() as offloads:
        for ifname in _wires(netns):
            if on := offloads.that_are_on(ifname):
                yield f"{netns}: {ifname} has offloads on: {', '.join(on)}"


def _not_as_built(site: Site, kind: Kind) -> Iterator[str]:
    """Tell what of the switches is not as they were built: wires, ports, settings, and what was put beside them."""
    switches = {netns_of(kind, site.name, name) for name in site.networks}
    built = hardware(site, kind).only(lambda key: key[1] in switches)
    with LinuxKernel(mark=MARK) as kernel:
        seen = kernel.read(Scope.of(site.name, built)).state
    for key, thing in built.items():
        is_lacking_here = isinstance(thing, Sysctl) and key not in seen  # no br_netfilter, say
        if seen.get(key) != thing and not is_lacking_here:
            yield f"{thing.describe()}: {'it is gone' if key not in seen else 'it was changed'}"
    for key, thing in seen.items():
        if key[1] in switches and key not in built and isinstance(thing, Port | FdbEntry):
            yield f"{thing.describe()}: it was added"


def _filters(netns: str) -> Iterator[str]:
    """Tell of rules and queueing disciplines in a switch, which has none of its own."""
    with entered(netns):
        yield from (f"{netns}: nft {table}" for table in libnftables.run("list tables").splitlines())
        channel = Channel.open()
    try:
        for body in channel.dump(Request(_RTM_GETQDISC, _TCMSG.pack(0, 0, 0, 0, 0)), f"queueing of {netns}"):
            name = attributes(body, _TCMSG.size)[_TCA_KIND].rstrip(b"\0").decode()
            if name not in ("noqueue", "noop"):
                yield f"{netns}: qdisc {name}"
    finally:
        channel.close()


def _wires(netns: str) -> list[str]:
    """Name the veths and VXLAN devices of the calling thread's namespace, which is `netns`."""
    channel = Channel.open()
    try:
        links = map(link_record, channel.dump(dump_links(), f"links of {netns}"))
        return [link.ifname for link in links if link.link_type in ("veth", "vxlan")]
    finally:
        channel.close()
