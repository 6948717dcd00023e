"""What would make a lab lie to a proof, kept out of it and looked for again before each proof.

- A veth hands on packets whose checksum was never computed, and of up to 64 KiB (6.18): with offloads on, a receiver
  counts what no network card ever delivers.
- br_netfilter in a switch swallows malformed frames, which would count as denied by the host (6.18).
- A switch that speaks IPv6 answers for nobody in the site.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import UsageError
from netproof.kernel.channel import Channel
from netproof.kernel.link import dump_links, link_record
from netproof.kernel.netns import entered
from netproof.kernel.sysctl import read_sysctl
from netproof.lab.blueprint import SWITCH_ONLY
from netproof.lab.nodes import Kind, netns_of, node_names
from netproof.lab.offloads import Offloads
from netproof.site.model import Site
from netproof.state.object import HOME


def turn_off_offloads(netns: str) -> None:
    """Turn the offloads of every wire's end in `netns` off. Raises KernelError."""
    with entered(netns), Offloads() as offloads:
        for ifname in _wires(netns):
            offloads.turn_off(ifname)


def require_honest(site: Site, kind: Kind) -> None:
    """Raise UsageError if somebody changed the lab of the furnished `site` so that it would lie."""
    lies = [lie for node in node_names(site) for lie in _lies(netns_of(kind, site.name, node), node in site.networks)]
    if lies:
        raise UsageError(f"this lab was changed by hand, build it anew: {'; '.join(lies)}")


def _lies(netns: str, is_switch: bool) -> Iterator[str]:
    with entered(netns), Offloads() as offloads:
        for ifname in _wires(netns):
            if on := offloads.that_are_on(ifname):
                yield f"{netns}: {ifname} has offloads on: {', '.join(on)}"
        for name, value in SWITCH_ONLY.items() if is_switch else ():
            found = read_sysctl(HOME, name, "")
            if found and found.value != value:
                yield f"{netns}: {name} is {found.value}"


def _wires(netns: str) -> list[str]:
    """Name the veths of the calling thread's namespace, which is `netns`."""
    channel = Channel.open()
    try:
        links = map(link_record, channel.dump(dump_links(), f"links of {netns}"))
        return [link.ifname for link in links if link.link_type == "veth"]
    finally:
        channel.close()
