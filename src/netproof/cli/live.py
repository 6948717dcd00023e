"""What the verbs on a live host share: which host of which site, on which kernel, and where its files are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netproof.values.naming import NAME, live_netns

if TYPE_CHECKING:
    import argparse

    from netproof.apply.place import Place
    from netproof.apply.transaction import Wish
    from netproof.kernel.linux import LinuxKernel
    from netproof.site.endpoints import Endpoint
    from netproof.site.model import Site
    from netproof.site.segments import Annex
    from netproof.state.hoststate import HostState


_NAME = re.compile(NAME).fullmatch


@dataclass(frozen=True, slots=True)
class Target:
    """A host of a site, compiled for the kernel that it runs on. `notes` tell of choices made for it."""

    site: Site
    place: Place
    kernel: LinuxKernel
    wish: Wish
    notes: tuple[str, ...]


def site_name(site: str) -> str:
    """Return the name of the site that `site`, a file or a name, means. Raises InputError.

    Of a file only the name is read: what was confirmed must be restored though the file has mistakes in it since.
    """
    if not Path(site).exists() and _NAME(site):
        return site
    from netproof.declared.yaml import parse
    from netproof.site.load import parse_site, read_text

    text = read_text(site)
    value = parse(text, site).value
    name = value.get("site") if isinstance(value, dict) else None
    return name if isinstance(name, str) and _NAME(name) else parse_site(text, site).name


def place_of(site: str, host: str, netns: str | None) -> Place:
    """Return where applies to a host are remembered; a lab's host is remembered with its lab."""
    from netproof.apply.place import Place
    from netproof.lab.nodes import netns_of

    if netns == netns_of("lab", site, host):
        from netproof.lab.build import place_of as in_lab

        return in_lab("lab", site, host)
    return Place(site, host, netns or "")


@contextmanager
def target(args: argparse.Namespace, *, trusted: bool) -> Iterator[Target]:
    """Load, open the kernel, compile. `trusted`: refuse a site file that others could have written."""
    from netproof.kernel.linux import LinuxKernel
    from netproof.site.load import read_text
    from netproof.site.remembered import parse_remembered

    text = read_text(args.site, trusted=trusted)
    site = parse_remembered(text, args.site)
    with LinuxKernel(args.netns) as kernel:
        wish, notes = wish_of(site, text, args)
        yield Target(site, place_of(site.name, args.host, args.netns), kernel, wish, notes)


@contextmanager
def place_and_kernel(args: argparse.Namespace) -> Iterator[tuple[Place, LinuxKernel]]:
    """Open what a verb needs that only knows which site is meant."""
    from netproof.kernel.linux import LinuxKernel

    name = site_name(args.site)
    with LinuxKernel(args.netns) as kernel:
        yield place_of(name, args.host, args.netns), kernel


def wish_of(site: Site, text: bytes, args: argparse.Namespace) -> tuple[Wish, tuple[str, ...]]:
    """Compile a site for the host and the running kernel; return what is to hold, and notes on it."""
    from netproof.apply.transaction import Wish
    from netproof.compiler.compile import compile_host
    from netproof.kernel.capabilities import capabilities

    able = capabilities(policy=bool(site.policy))
    made = compile_host(site, args.host, able, lambda e: endpoint_netns(site, e, args.netns))
    notes = (*made.notes, *_stopped(made.state, args.netns), *_in_the_way(made.state, args.netns))
    return Wish(made.state, made.reasons, text), notes


def _stopped(desired: HostState, netns: str | None) -> Iterator[str]:
    """Warn of isolation that stops what is bridged as well."""
    from netproof.isolation.raw_drop import HOOK
    from netproof.kernel.foreign import bridged_frames_pass
    from netproof.state.filters import NftChain

    chains = (chain for chain in desired.of(NftChain) if chain.hook == HOOK)
    names = sorted(chain.name for chain in chains if bridged_frames_pass(chain.netns or netns))
    if names:
        yield (
            f"isolation raw-drop ({', '.join(names)}) stops members of its segment from reaching each other: "
            "net.bridge.bridge-nf-call-iptables or -ip6tables is 1 here"
        )


def _in_the_way(desired: HostState, netns: str | None) -> Iterator[str]:
    """Warn of foreign rules that decide over frames inside our segments, where these are."""
    from netproof.kernel.foreign import rules_passed
    from netproof.kernel.netns import exists
    from netproof.state.links import Bridge, within

    bridges = list(desired.of(Bridge))
    for room in sorted({bridge.netns for bridge in bridges}):
        tracked = any(bridge.nf_call for bridge in bridges if bridge.netns == room)
        why = "net.bridge.bridge-nf-call-iptables or -ip6tables is 1 here"
        if tracked:
            why = "a policy needs connection tracking, which is among them"
        named = rules_passed(room or netns, tracked=tracked) if not room or exists(room) else []
        if named:
            told = "frames within segments pass rules that are not ours and may drop or rewrite them"
            yield f"{told}: {'; '.join(named)}{within(room)}; for {why}"


def endpoint_netns(site: Site, node: Endpoint | Annex, netns: str | None) -> str:
    """Name the network namespace of an endpoint or annex: declared, or derived; that of a lab's host is in the lab."""
    from netproof.lab.nodes import netns_of

    if netns == netns_of("lab", site.name, node.host):
        return netns_of("lab", site.name, node.name)
    endpoint = site.endpoints.get(node.name)
    return (endpoint and endpoint.netns) or live_netns(site.name, node.name)


def port_netns(site: Site, endpoint: Endpoint, netns: str | None) -> str:
    """Name the network namespace of the host's end of an endpoint's attachment: home, or an annex."""
    from netproof.state.object import HOME

    annex = site.segments[endpoint.segment].annex(endpoint.host)
    return endpoint_netns(site, annex, netns) if annex else HOME
