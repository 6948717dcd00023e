"""Shadows on a live host: ports made for a proof, in place of those of endpoints that cannot be entered.

Where a single endpoint of a segment can be watched, one more port keeps it company, for it must be seen alive.
A shadow is built by the compiler that built the endpoint, and stands for it only while what guards the endpoint is as
it was applied, and nobody else has laid hands on its port: what holds a port that is like another says nothing of one
that is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netproof.cli.live import endpoint_netns, place_of, port_netns
from netproof.values.naming import port_ifname

if TYPE_CHECKING:
    from netproof.kernel.linux import LinuxKernel
    from netproof.kernel.vantage import NamespaceVantage
    from netproof.proof.claim import Claim
    from netproof.proof.report import Report, Result
    from netproof.site.model import Site
    from netproof.state.hoststate import HostState
    from netproof.values.address import Interface


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on a live host during a proof: `site` as it is seen from `vantages`.

    `stood_for` are the endpoints for which a shadow stands, `left` those at which nothing can be watched, each with
    why; `told` are sentences for people, `recovered` one on what a dead proof or apply had left here.
    """

    site: Site
    vantages: Mapping[str, NamespaceVantage]
    stood_for: Collection[str]
    left: Mapping[str, str]
    told: tuple[str, ...]
    recovered: str = ""


def prove_standing(
    site: Site, host: str, netns: str | None, chosen: Collection[Claim], *, amid: bool = False
) -> tuple[Report, Standing]:
    """Prove what of `chosen` can be watched from this live host, with shadows of endpoints that cannot be entered.

    Whether such an endpoint is reached, and what its own addresses are needed for, only its own namespace could tell:
    those claims are elsewhere. `amid` an apply of ours, which does not stay if a claim is broken: in haste.
    """
    from netproof.proof.prove import prove
    from netproof.site.shadows import own_addresses

    with standing(site, host, netns, amid=amid) as at:
        spared = own_addresses(site, at.stood_for)

        def play(tried: Collection[Claim]) -> Report:
            return prove(at.site, tried, at.vantages, None, live=True, spoken_for=spared, hasty=amid)

        return played(at.site, at.stood_for, chosen, play), at


def played(
    seen: Site, stood_for: Collection[str], chosen: Collection[Claim], play: Callable[[Collection[Claim]], Report]
) -> Report:
    """Have what shadows of `stood_for` can tell of the `chosen` claims played on the site `seen`; report of all."""
    from netproof.proof.claims import claims

    there = frozenset(claims(seen)) if stood_for else frozenset(chosen)
    tried = [c for c in chosen if c in there and not (c.expect == "deliver" and _concerns(c, stood_for))]
    report = play(tried)
    results = tuple(_told(result, stood_for) for result in report.results)
    elsewhere = tuple(sorted({*report.elsewhere} | {*chosen} - {*tried}))
    return replace(report, results=results, elsewhere=elsewhere)


def _concerns(claim: Claim, names: Collection[str]) -> bool:
    return claim.from_ in names or claim.to in names


def _told(result: Result, shadows: Collection[str]) -> Result:
    """Return `result` with whose shadow it was that sent or was watched."""
    names = " and ".join(name for name in (result.claim.from_, result.claim.to) if name in shadows)
    return replace(result, evidence=f"{result.evidence}; {names} by its shadow") if names else result


@contextmanager
def standing(site: Site, host: str, netns: str | None, *, amid: bool = False) -> Iterator[Standing]:
    """Stand at the host and its endpoints; make shadows and company where they are wanting, and take them away again.

    Raises what `live_vantages` does. What can have no shadow is told, and as it would be without.
    """
    from netproof.cli.vantages import live_vantages, require_host
    from netproof.errors import NetproofError
    from netproof.kernel.linux import LinuxKernel
    from netproof.kernel.netns import returning
    from netproof.site.furnished import furnished

    require_host(site, host)
    recovered = "" if amid else recovered_first(site, host, netns)
    with live_vantages(site, host, netns) as (vantages, cut_off), returning(), ExitStack() as stack:
        kernel = stack.enter_context(LinuxKernel(netns))
        names = connected(site, cut_off, kernel, netns)
        lonely = _lonely(site, host, [*vantages, *names])
        at = Standing(furnished(site), vantages, (), cut_off, ())
        if names or lonely:
            try:
                _require_trusted(site)
                made = stack.enter_context(shadows_made(site, host, netns, (names, lonely), kernel, amid=amid))
            except NetproofError as error:
                said = [f"endpoint {name} can have no shadow: {error}" for name in names]
                said += [f"nobody could be made to keep the endpoint of {name} company: {error}" for name in lonely]
                at = replace(at, told=tuple(said))
            else:
                at = _with(at, *made, {name: cut_off[name] for name in names}, lonely)
        yield replace(at, recovered=recovered)


def recovered_first(site: Site, host: str, netns: str | None) -> str:
    """Take away what a dead proof left before anything is looked at: a shadow of its own is in nobody's plan."""
    from netproof.apply.meanwhile import cleared
    from netproof.errors import NetproofError
    from netproof.kernel.linux import LinuxKernel

    with LinuxKernel(netns) as kernel:
        try:
            return cleared(place_of(site.name, host, netns), kernel)
        except NetproofError:  # it is under way, or stays: what cannot be made beside it says so
            return ""


def _with(
    at: Standing, seen: Site, made: Mapping[str, NamespaceVantage], shadows: Mapping[str, str], lonely: Iterable[str]
) -> Standing:
    """Return where one stands once shadows of endpoints, each with why, and company in `lonely` segments are made."""
    told = [f"endpoint {name}: {why}; a port made like its own stood for it" for name, why in shadows.items()]
    told += [f"segment {name}: a single endpoint is here; a port made like its own kept it company" for name in lonely]
    left = {name: why for name, why in at.left.items() if name not in shadows}
    return Standing(seen, {**at.vantages, **made}, tuple(shadows), left, tuple(told))


def connected(site: Site, names: Iterable[str], kernel: LinuxKernel, netns: str | None) -> list[str]:
    """Return those of the endpoints whose port, which we made, is there and up: somebody may be at its far end."""
    from netproof.change.kernel import Scope
    from netproof.state.object import HOME, link_key

    ports = {name: (port_netns(site, site.endpoints[name], netns), _port(site, name)) for name in names}
    reading = kernel.read(Scope(site.name, frozenset({room for room, _ in ports.values()} - {HOME})))
    return [n for n, p in ports.items() if link_key(*p) in reading.marked and ("up", *p) in reading.state]


def _lonely(site: Site, host: str, watched: Collection[str]) -> list[str]:
    """Return the segments of which one endpoint is watched here, and neither another nor a gateway of the segment."""
    count = Counter(site.endpoints[name].segment for name in watched if name in site.endpoints)
    alone = [site.segments[name] for name, n in count.items() if n == 1]
    return [s.name for s in alone if not s.private and not (s.gateway and host in s.gateway.hosts)]


@contextmanager
def shadows_made(
    site: Site,
    host: str,
    netns: str | None,
    wanted: tuple[list[str], list[str]],
    kernel: LinuxKernel,
    *,
    amid: bool = False,
    elsewhere: Collection[str] = (),
) -> Iterator[tuple[Site, dict[str, NamespaceVantage]]]:
    """Make the shadows of endpoints, and company in segments; yield the site as it is seen then, and from where.

    This host is told of shadows that stand for endpoints `elsewhere`, as it is of these.
    """
    from netproof.apply.meanwhile import meanwhile
    from netproof.compiler.compile import compile_host
    from netproof.kernel.capabilities import capabilities
    from netproof.kernel.vantage import NamespaceVantage
    from netproof.site.shadows import in_shadow, shadow_name, with_shadows

    names, lonely = wanted
    able, both = capabilities(policy=bool(site.policy)), with_shadows(site, (*names, *elsewhere), host, lonely)
    usual = compile_host(site, host, able, lambda e: endpoint_netns(site, e, netns)).state
    state = compile_host(both, host, able, lambda e: endpoint_netns(both, e, netns)).state
    if state == usual:  # the shadows are elsewhere, and nothing here has to know of them
        yield in_shadow(site, elsewhere, host), {}
        return
    rooms = {name: port_netns(site, site.endpoints[name], netns) for name in names}
    _require_applied(site, rooms, usual, kernel)
    made = {name: both.endpoints[shadow_name(name)] for name in (*names, *lonely)}
    known_as = {name: name if name in names else shadow_name(name) for name in made}
    at = {known_as[n]: NamespaceVantage(known_as[n], endpoint_netns(both, e, netns)) for n, e in made.items()}
    place, mute = (
        place_of(site.name, host, netns),
        _mute(state, [endpoint_netns(both, e, netns) for e in made.values()]),
    )
    with meanwhile(place, kernel, usual, mute, amid=amid):
        for name in names:
            _require_alike(site, name, port_ifname(site.name, shadow_name(name)), rooms[name] or netns)
        _require_unused([(at[known_as[name]], endpoint.addresses) for name, endpoint in made.items()])
        with meanwhile(place, kernel, mute, state, amid=True):
            yield in_shadow(site, (*names, *elsewhere), host, lonely), at


def _mute(state: HostState, guests: Collection[str]) -> HostState:
    """Return `state` with no address in these namespaces: nobody in there answers for what somebody else may bear."""
    from netproof.state.hoststate import HostState
    from netproof.state.layer3 import Address, Route

    return HostState(t for t in state.values() if not (isinstance(t, Address | Route) and t.netns in guests))


def _require_trusted(site: Site) -> None:
    """Raise InputError where the site file could be somebody else's than root's: links are made as it says."""
    from netproof.errors import UsageError
    from netproof.site.load import parse_site, read_text

    if parse_site(read_text(site.file, trusted=True), site.file) != site:
        raise UsageError(f"{site.file} was changed meanwhile")


def _require_applied(site: Site, rooms: Mapping[str, str], usual: HostState, kernel: LinuxKernel) -> None:
    """Raise ConflictError unless all rules of ours, and what lies on ports in their rooms, are as `usual` has them."""
    from netproof.change.loss import lost_with
    from netproof.change.ownership import Record, scope_of
    from netproof.errors import ConflictError
    from netproof.state.filters import NftChain
    from netproof.state.object import is_hosts, link_key

    actual = kernel.read(scope_of(site.name, usual, Record())).state
    pairs = {link_key(room, _port(site, name)) for name, room in rooms.items()}  # but for where they lead to
    held = {key for key in lost_with(pairs, usual) - pairs if is_hosts(key[1])} | {c.key for c in usual.of(NftChain)}
    astray = sorted(usual[key].describe() for key in held if actual.get(key) != usual[key])
    if astray:
        raise ConflictError(f"this is not as it was applied: {'; '.join(astray)}: see `netproof plan`")


def _require_alike(site: Site, name: str, shadow: str, netns: str | None) -> None:
    """Raise ConflictError where others' things lie on the port of `name`, or their rules speak of it, not of `shadow`.

    Those are in nobody's plan, and what they do to the one they do not do to the other.
    """
    from netproof.errors import ConflictError
    from netproof.kernel.likeness import spoken_of, unlike

    port, endpoint = _port(site, name), site.endpoints[name]
    more = unlike(netns, port, shadow)
    if more:
        raise ConflictError(f"its port {port} has what is not ours: {', '.join(more)}")
    said = spoken_of(netns, site.name, (port, endpoint.mac, *(str(a.ip) for a in endpoint.addresses)))
    if said:
        raise ConflictError(f"nft rules that are not ours speak of {', '.join(said)}")


def _require_unused(wanted: Iterable[tuple[NamespaceVantage, Iterable[Interface]]]) -> None:
    """Raise ConflictError where an address that the site does not speak of is somebody's all the same."""
    from netproof.attachments.attachment import GUEST_IFNAME
    from netproof.errors import ConflictError
    from netproof.proof.taken import taken

    try:
        found = taken(GUEST_IFNAME, [(vantage, [a.ip for a in addresses]) for vantage, addresses in wanted])
    except OSError as error:
        raise ConflictError(f"nobody could be asked for its address: {error.strerror}") from error
    if found:
        raise ConflictError(f"its address would be {found}, which somebody bears whom the site does not name")


def _port(site: Site, name: str) -> str:
    return site.endpoints[name].ifname or port_ifname(site.name, name)
