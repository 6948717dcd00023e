"""Shadows on a live host: ports made for a proof, in place of those of endpoints that cannot be entered.

A shadow is built by the compiler that built the endpoint, and stands for it only while what guards the endpoint is as
it was applied: what holds a port that is like another says nothing of one that is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from netproof.cli.live import endpoint_netns, place_of
from netproof.values.naming import port_ifname

if TYPE_CHECKING:
    from netproof.kernel.linux import LinuxKernel
    from netproof.kernel.vantage import NamespaceVantage
    from netproof.proof.claim import Claim
    from netproof.proof.report import Report, Result
    from netproof.site.model import Site
    from netproof.state.hoststate import HostState
    from netproof.values.address import Interface


def prove_with_shadows(
    site: Site, host: str, netns: str | None, chosen: Iterable[Claim]
) -> tuple[Report, dict[str, str], dict[str, str]]:
    """Prove what of `chosen` can be watched from this live host, with shadows of endpoints that cannot be entered.

    Whether such an endpoint is reached only its own namespace could tell: those claims are elsewhere. With the report
    come the endpoints that are cut off all the same, and those for which a shadow stood, each with why.
    """
    from netproof.cli.vantages import live_vantages
    from netproof.kernel.netns import returning
    from netproof.proof.prove import prove
    from netproof.site.furnished import furnished
    from netproof.site.shadows import in_shadow, own_addresses

    with (
        live_vantages(site, host, netns) as (vantages, cut_off),
        returning(),
        shadowed(site, host, netns, cut_off) as (shadows, left),
    ):
        seen = in_shadow(site, shadows) if shadows else furnished(site)
        there = [(c, c.expect == "deliver" and not shadows.keys().isdisjoint((c.from_, c.to))) for c in chosen]
        spared = own_addresses(site, shadows)
        tried = [claim for claim, is_its_own in there if not is_its_own]
        report = prove(seen, tried, {**vantages, **shadows}, None, live=True, spoken_for=spared)
    elsewhere = sorted((*report.elsewhere, *(claim for claim, is_its_own in there if is_its_own)))
    results = tuple(_told(result, shadows) for result in report.results)
    stood = {name: cut_off[name] for name in shadows}
    return replace(report, results=results, elsewhere=tuple(elsewhere)), left, stood


def _told(result: Result, shadows: Collection[str]) -> Result:
    """Return `result` with whose shadow it was that sent or was watched."""
    names = " and ".join(name for name in (result.claim.from_, result.claim.to) if name in shadows)
    return replace(result, evidence=f"{result.evidence}; {names} by its shadow") if names else result


@contextmanager
def shadowed(
    site: Site, host: str, netns: str | None, cut_off: Mapping[str, str]
) -> Iterator[tuple[dict[str, NamespaceVantage], dict[str, str]]]:
    """Make a shadow for each endpoint in `cut_off` that can have one, and take it away again.

    Yields where to watch from, and of all others in `cut_off` why nothing can be watched.
    """
    from netproof.errors import NetproofError
    from netproof.kernel.linux import LinuxKernel

    with ExitStack() as stack:
        kernel = stack.enter_context(LinuxKernel(netns))
        left = dict(cut_off)
        vantages: dict[str, NamespaceVantage] = {}
        names = [name for name in cut_off if _is_connected(site, name, kernel)]
        try:
            vantages = stack.enter_context(_made(site, host, netns, names, kernel)) if names else {}
        except NetproofError as error:
            left |= {name: f"{cut_off[name]}, and it can have no shadow: {error}" for name in names}
        yield vantages, {name: why for name, why in left.items() if name not in vantages}


def _is_connected(site: Site, name: str, kernel: LinuxKernel) -> bool:
    """Say whether the port of endpoint `name`, which we made, is there and up: somebody may be at its far end."""
    from netproof.change.kernel import Scope
    from netproof.state.object import HOME, link_key

    reading, port = kernel.read(Scope(site.name)), _port(site, name)
    return link_key(HOME, port) in reading.marked and ("up", HOME, port) in reading.state


@contextmanager
def _made(
    site: Site, host: str, netns: str | None, names: list[str], kernel: LinuxKernel
) -> Iterator[dict[str, NamespaceVantage]]:
    from netproof.apply.meanwhile import meanwhile
    from netproof.compiler.compile import compile_host
    from netproof.kernel.capabilities import capabilities
    from netproof.kernel.vantage import NamespaceVantage
    from netproof.site.shadows import shadow_name, with_shadows

    _require_trusted(site)
    able, both = capabilities(policy=bool(site.policy)), with_shadows(site, names)
    usual = compile_host(site, host, able, lambda e: endpoint_netns(site, e, netns)).state
    wanted = compile_host(both, host, able, lambda e: endpoint_netns(both, e, netns)).state
    _require_applied(site, names, usual, kernel)
    with meanwhile(place_of(site.name, host, netns), kernel, usual, wanted):
        made = [both.endpoints[shadow_name(name)] for name in names]
        at = {n: NamespaceVantage(n, endpoint_netns(both, e, netns)) for n, e in zip(names, made, strict=True)}
        for name, endpoint in zip(names, made, strict=True):
            _require_unused(at[name], endpoint.addresses)
        yield at


def _require_trusted(site: Site) -> None:
    """Raise InputError where the site file could be somebody else's than root's: links are made as it says."""
    from netproof.errors import UsageError
    from netproof.site.load import parse_site, read_text

    if parse_site(read_text(site.file, trusted=True), site.file) != site:
        raise UsageError(f"{site.file} was changed meanwhile")


def _require_applied(site: Site, names: Iterable[str], usual: HostState, kernel: LinuxKernel) -> None:
    """Raise ConflictError unless all rules of ours, and what lies on the ports of `names`, are as `usual` has them."""
    from netproof.change.loss import lost_with
    from netproof.change.ownership import Record, scope_of
    from netproof.errors import ConflictError
    from netproof.state.filters import NftChain
    from netproof.state.object import HOME, link_key

    actual = kernel.read(scope_of(site.name, usual, Record())).state
    pairs = {link_key(HOME, _port(site, name)) for name in names}  # but for where they lead to
    held = {key for key in lost_with(pairs, usual) - pairs if key[1] == HOME} | {c.key for c in usual.of(NftChain)}
    astray = sorted(usual[key].describe() for key in held if actual.get(key) != usual[key])
    if astray:
        raise ConflictError(f"this is not as it was applied: {'; '.join(astray)}: see `netproof plan`")


def _require_unused(vantage: NamespaceVantage, addresses: Iterable[Interface]) -> None:
    """Raise ConflictError where an address that the site does not speak of is somebody's all the same."""
    from netproof.attachments.attachment import GUEST_IFNAME
    from netproof.errors import ConflictError
    from netproof.proof.taken import taken

    found = taken(vantage, GUEST_IFNAME, (a.ip for a in addresses))
    if found:
        raise ConflictError(f"its address would be {found}, which somebody bears whom the site does not name")


def _port(site: Site, name: str) -> str:
    return site.endpoints[name].ifname or port_ifname(site.name, name)
