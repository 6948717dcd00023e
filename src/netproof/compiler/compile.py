"""From a site and one of its hosts to the desired state of that host, with the reason for every object. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from netproof.compiler.mtu import carried
from netproof.compiler.passes import PASSES
from netproof.compiler.policy import lines_within
from netproof.compiler.reason import Reason, merged
from netproof.compiler.situation import Situation, Wanted
from netproof.declared.text import meant
from netproof.errors import CannotError, UsageError
from netproof.isolation.choice import choose
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.segments import Annex, Segment
from netproof.state.bridging import Port
from netproof.state.filters import NftChain, NftTable
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Route
from netproof.state.links import Bridge, Vlan
from netproof.state.object import KernelObject, Key
from netproof.state.tunnels import Vxlan


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one host should be: its `state`, why each object is in it, and `notes` on choices that were made for it.

    A reason is one line, ``segment dmz  site.yaml:21``: words, two spaces, places (none for what stands in no file).
    """

    state: HostState
    reasons: Mapping[Key, str]
    notes: tuple[str, ...]


def compile_host(
    site: Site, host: str, capabilities: frozenset[str], netns_of: Callable[[Endpoint | Annex], str]
) -> Compiled:
    """Return the desired state of `host`; the order of things in the site file does not matter to it.

    `capabilities` is what the host's kernel can do; `netns_of` names the network namespace of an endpoint or annex.
    Raises UsageError if the site has no such host, CannotError if its kernel lacks what the site asks for, InputError
    if a declared route leads nowhere.
    """
    now = _situation(site, host, capabilities, netns_of)
    wanted = [pair for read in PASSES for pair in read(now)]
    wanted += _tables(wanted)
    state = HostState(thing for thing, _ in wanted)
    require(state, capabilities)
    notes = tuple(note for name in sorted(now.isolation) for note in now.isolation[name].notes)
    return Compiled(state, _reasons(wanted), notes)


def _situation(
    site: Site, host: str, capabilities: frozenset[str], netns_of: Callable[[Endpoint | Annex], str]
) -> Situation:
    if host not in site.hosts:
        raise UsageError(f'site "{site.name}" has no host "{host}"{meant(host, site.hosts)}')
    here = [s for s in site.segments.values() if any(h.name == host for h in site.hosts_of(s.name))]
    here.sort(key=lambda segment: segment.name)
    tagged = {e.segment for e in site.endpoints.values() if not e.guard.vlan}
    isolation = {
        s.name: choose(s.name, s.isolation, capabilities, gateway=_routes(host, s), tags=s.name in tagged) for s in here
    }
    mtus = {s.name: carried(site, s) for s in here}
    now = Situation(site, site.hosts[host], tuple(here), isolation, mtus, netns_of)
    lines = {s.name: lines_within(now, s) for s in here}
    now = replace(now, lines=lines, native_tracking="bridge-conntrack" in capabilities)
    _require_members_spared(now)
    return now


def _require_members_spared(now: Situation) -> None:
    """Raise CannotError for isolation that would stop what a bridge hands on to be tracked in the IP families."""
    for segment in now.segments:
        for chosen in now.isolation[segment.name].chosen:
            if now.hands_on(segment) and not chosen.method.spares_handed_on:
                raise CannotError(
                    f'segment "{segment.name}": isolation method "{chosen.method.name}" would stop members from '
                    "reaching each other: this kernel tracks the connections of its policy in the IP families alone; "
                    "choose another method, or auto"
                )


def _routes(host: str, segment: Segment) -> bool:
    return segment.gateway is not None and host in segment.gateway.hosts


def _tables(wanted: Iterable[Wanted]) -> Iterator[Wanted]:
    for thing, why in wanted:
        if isinstance(thing, NftChain):
            yield NftTable(thing.netns, thing.family, thing.table), why


def _reasons(wanted: Iterable[Wanted]) -> dict[Key, str]:
    found: dict[Key, set[Reason]] = {}
    for thing, why in wanted:
        found.setdefault(thing.key, set()).add(why)
    return {key: merged(frozenset(whys)) for key, whys in found.items()}


def require(state: HostState, capabilities: frozenset[str]) -> None:
    """Raise CannotError, in one sentence, if a kernel with `capabilities` lacks what something in `state` needs."""
    lacking = sorted({need for thing in state.values() for need in _needs(thing)} - capabilities)
    if "libnftables" not in capabilities and any(need.startswith("nft-") for need in lacking):
        raise CannotError("the site needs nftables, and libnftables is not installed: apt install nftables")
    if lacking:
        raise CannotError(f"this kernel lacks {', '.join(WORDS[need] for need in lacking)}, which the site needs")


WORDS = {
    "nft-netdev": "nftables netdev chains (CONFIG_NF_TABLES_NETDEV: guards and isolation)",
    "nft-bridge": "nftables in family bridge (CONFIG_NF_TABLES_BRIDGE: isolation)",
    "nft-inet": "nftables in family inet (CONFIG_NF_TABLES_INET: no forwarding to and from segments)",
    "bridge-nf-call": "tracking of bridged connections (nf_conntrack_bridge, or modprobe br_netfilter: policy)",
    "locked-port": "locked bridge ports (Linux 5.18: guard mac)",
    "vlan-links": "links for VLANs (CONFIG_VLAN_8021Q: uplinks and stations on a VLAN)",
    "vxlan": "VXLAN devices (CONFIG_VXLAN: segments with a vni)",
    "ipv6-subtrees": "IPv6 routes for a source (CONFIG_IPV6_SUBTREES: isolated NICs with IPv6 addresses)",
}


def _needs(thing: KernelObject) -> Iterator[str]:
    match thing:
        case NftTable(family=family):
            yield f"nft-{family}"
        case Bridge(nf_call=True):
            yield "bridge-nf-call"
        case Port(locked=True):
            yield "locked-port"
        case Vxlan():
            yield "vxlan"
        case Vlan():
            yield "vlan-links"
        case Route(source=source) if source:
            yield "ipv6-subtrees"
