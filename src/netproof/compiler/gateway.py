"""The passes for gateways and forwarding: who routes for a segment, and what is forwarded at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.compiler.reason import because
from netproof.compiler.routed import lines_to_host, routed_lines
from netproof.compiler.situation import Situation, Wanted
from netproof.firewall.routed import decisions, passing, routed
from netproof.firewall.spelling import prefixes
from netproof.isolation.method import GatewayDoor
from netproof.routing.forwarding import barrier, forwarding_by, forwarding_on
from netproof.routing.gateway import GatewayContext, discovery_rules, gateway, input_rules, output_rules
from netproof.routing.nat import hidden, not_back, out_and_back, untracked
from netproof.site.gateways import let_out, nat_families, withheld
from netproof.site.segments import Gateway, Segment
from netproof.state.filters import NftChain, table_name
from netproof.state.object import HOME
from netproof.values.address import FAMILIES, Family, Network, family_of

_INPUT = "type filter hook input priority filter; policy accept;"
_OUTPUT = "type filter hook output priority filter; policy accept;"
_BEFORE_TRACKING = "type filter hook prerouting priority -450; policy accept;"
_POSTROUTING = "type nat hook postrouting priority srcnat; policy accept;"


def door(now: Situation, segment: Segment) -> GatewayDoor | None:
    """Return what the bridge of `segment` must let in for the gateway; None if this host is none."""
    declared = now.gateway(segment)
    return GatewayDoor(now.bridge_mac(segment), tuple(a.ip for a in declared.addresses)) if declared else None


def gateways(now: Situation) -> Iterator[Wanted]:
    """Every gateway on the host: its addresses, what of the host may be reached behind them, and NAT."""
    for segment, declared in _declared(now):
        context, why = _context(now, segment, declared), because(f"gateway of {segment.name}", declared.place)
        for thing in gateway(context):
            yield thing, why
        opened = tuple(decisions(lines_to_host(now, segment)))
        if context.isolated or opened:
            before = discovery_rules(context) if opened else ()
            held = input_rules(context) if context.isolated else ()
            yield _chain(now, f"input-{segment.name}", _INPUT, (*before, *opened, *held)), why
        if context.isolated:
            yield _chain(now, f"output-{segment.name}", _OUTPUT, output_rules(context)), why
        if declared.nat:
            yield _chain(now, f"nat-{segment.name}", _POSTROUTING, hidden(context)), why
        trusts_tracking = declared.nat or routed_lines(now)
        if trusts_tracking and not any(now.is_policed(s) for s in now.at_home):  # else each has a zone of its own
            yield _chain(now, "untracked", _BEFORE_TRACKING, untracked(_bridges(now))), why


def forwarding(now: Situation) -> Iterator[Wanted]:
    """Forwarding where it is declared or a gateway needs it, and the barrier; a wholly open router has none."""
    if now.host.forward:
        for setting in forwarding_on():
            yield setting, because(f"{now.host.name} forwards", now.host.place)
    apart: set[str] = set()
    for segment, declared in _declared(now):
        families = nat_families(now.site, segment, now.host.name)
        if declared.nat and families and not now.host.forward:
            for setting in forwarding_by((now.bridge(segment), declared.nat), families):
                yield setting, because(f"gateway of {segment.name}", declared.place)
            apart.update(nic.name for nic in now.host.nics if nic.addresses)
    lines = routed_lines(now)
    if lines:
        yield routed(now.site.name, lines.to_hosts, lines.to_others, lines.hosts), because("policy")
        if lines.links and not now.host.forward:
            for setting in forwarding_by(lines.links, FAMILIES):
                yield setting, because("policy")
            apart.update(nic.name for nic in now.host.nics if nic.addresses)
    barred = [s for s in now.at_home if not (now.host.forward and s.isolation == ("none",))]
    doors = [_context(now, segment, declared) for segment, declared in _declared(now) if segment in barred]
    by_policy = passing(door.bridge for door in doors) if lines else ()
    passages = [*map(not_back, doors), *by_policy, *(rule for door in doors for rule in out_and_back(door))]
    for chain in barrier(now.site.name, map(now.bridge, barred), passages, apart=sorted(apart)) if barred else ():
        for segment in barred:
            yield chain, because("forwarding barrier", segment.place, of=segment.name)


def _declared(now: Situation) -> Iterator[tuple[Segment, Gateway]]:
    return ((segment, gateway) for segment in now.segments if (gateway := now.gateway(segment)))


def _bridges(now: Situation) -> dict[str, str | None]:
    return {now.bridge(s): now.bridge_mac(s) if now.gateway(s) else None for s in now.at_home}


def _context(now: Situation, segment: Segment, declared: Gateway) -> GatewayContext:
    away = [e for e in now.site.endpoints_of(segment.name) if e.host != now.host.name]
    return GatewayContext(
        bridge=now.bridge(segment),
        mac=now.bridge_mac(segment),
        addresses=declared.addresses,
        isolated=bool(now.isolation[segment.name].chosen),
        nat=declared.nat,
        families=nat_families(now.site, segment, now.host.name),
        inside=_spelled(let_out(now.site, segment)),
        withheld=_spelled(withheld(now.site)),
        elsewhere=tuple((a.ip, e.mac) for e in away for a in e.addresses) if len(declared.hosts) > 1 else (),
    )


def _spelled(networks: Iterable[Network]) -> dict[Family, str]:
    """Return by family the match for an address in one of `networks`."""
    found: dict[Family, list[Network]] = {}
    for network in networks:
        found.setdefault(family_of(network), []).append(network)
    return {family: prefixes(of) for family, of in found.items()}


def _chain(now: Situation, name: str, hook: str, rules: Iterable[str]) -> NftChain:
    return NftChain(HOME, "inet", table_name(now.site.name), name, hook, tuple(rules))
