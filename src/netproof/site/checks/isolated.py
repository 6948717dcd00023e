"""Isolated testing interfaces: NICs of hosts with subnets, tables and priorities that nobody else uses."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared import nodes
from netproof.declared.document import Path
from netproof.errors import Problem
from netproof.routing.isolated import DIRECT_PRIORITY, DIRECT_TABLE
from netproof.routing.route import device_towards
from netproof.site.checks.sheet import Sheet
from netproof.site.isolated import allotted, reserved_tables
from netproof.site.nodes import Isolated
from netproof.values.address import Network

_MAIN_PRIORITY = 32766


def nics(sheet: Sheet) -> Iterator[Problem]:
    """An isolated NIC is a host's, has addresses, shares no subnet, and serves nothing else."""
    for link in sheet.links.values():
        written = link.written
        if not isinstance(written, nodes.Nic) or not written.isolated:
            continue
        path = (*link.path, "isolated")
        if link.node not in sheet.written.hosts:
            yield sheet.document.problem(path, "only a host's NIC can be isolated; nobody manages a station")
        elif not written.addresses:
            yield sheet.document.problem(path, "an isolated NIC needs addresses: it is for traffic to and from them")
        else:
            yield from _shared_subnets(sheet, link.node, link.name)
            yield from _other_uses(sheet, path, link.node, link.name)


def _shared_subnets(sheet: Sheet, host: str, nic: str) -> Iterator[Problem]:
    others = [(link.name, a) for link in sheet.links_of(host) if link.name != nic for a in link.written.addresses]
    for name, segment in sheet.written.segments.items():
        if segment.gateway and host in segment.gateway.hosts:
            others += [(f"the gateway of {name}", address) for address in segment.gateway.addresses]
    link = sheet.links[host, nic]
    for i, mine in enumerate(link.written.addresses):
        found = next(((who, a) for who, a in others if _overlap(a.network, mine.network)), None)
        if found and not mine.is_link_local:
            message = f"{mine.network} overlaps {found[1].network} of {found[0]}: an isolated NIC has its own"
            yield sheet.document.problem((*link.path, "addresses", i), message)


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and (one.network_address in other or other.network_address in one)


def _other_uses(sheet: Sheet, path: Path, host: str, nic: str) -> Iterator[Problem]:
    written = sheet.written.hosts[host]
    ends = {nic, *(str(a.ip) for a in written.nics[nic].addresses)}
    if written.vtep in ends:
        yield sheet.document.problem(path, f"{host} has its VTEP on {nic}: an isolated NIC serves nothing but itself")
    for name, segment in sheet.written.segments.items():
        gateway = segment.gateway
        if gateway and gateway.nat == nic and host in gateway.hosts:
            message = f"{name} goes out by {nic} (nat): an isolated NIC serves nothing but itself"
            yield sheet.document.problem(path, message)


def tables(sheet: Sheet) -> Iterator[Problem]:
    """Tables and priorities of isolated NICs are theirs alone; no other route uses such a NIC."""
    for name, host in sheet.written.hosts.items():
        found = allotted(sheet.written.site, name, host)
        yield from _chosen(sheet, name, host)
        if found:
            yield from _rules(sheet, ("hosts", name), host, found)
            yield from _routes(sheet, ("hosts", name), host, found)


def _chosen(sheet: Sheet, name: str, host: nodes.Host) -> Iterator[Problem]:
    first: dict[tuple[str, int], Path] = {}
    for nic, written in host.nics.items():
        path = ("hosts", name, "nics", nic, "isolated")
        asked = {"table": written.isolated.table, "priority": written.isolated.priority} if written.isolated else {}
        for key, value in asked.items():
            if value is not None and (before := first.setdefault((key, value), (*path, key))) != (*path, key):
                yield sheet.twice((*path, key), f"{key} {value} is another isolated NIC's", before)
        if asked.get("table") in reserved_tables():
            whose = "shared by all isolated NICs" if asked["table"] == DIRECT_TABLE else "one of the kernel's own"
            message = f"table {asked['table']} is {whose}; choose another, or leave it out"
            yield sheet.document.problem((*path, "table"), message)
        priority = asked.get("priority") or 1
        if priority == DIRECT_PRIORITY or priority >= _MAIN_PRIORITY:
            why = "that of all isolated NICs' subnets" if priority == DIRECT_PRIORITY else "behind the main table"
            message = f"priority {priority} is {why}; choose another below {_MAIN_PRIORITY}, or leave it out"
            yield sheet.document.problem((*path, "priority"), message)


def _rules(sheet: Sheet, path: Path, host: nodes.Host, found: dict[str, Isolated]) -> Iterator[Problem]:
    tables = {DIRECT_TABLE: "all isolated NICs", **{i.table: nic for nic, i in found.items()}}
    priorities = {DIRECT_PRIORITY: "all isolated NICs", **{i.priority: nic for nic, i in found.items()}}
    for i, rule in enumerate(host.rules):
        for key, value, owners in (("table", rule.table, tables), ("priority", rule.priority, priorities)):
            if value in owners:
                message = f"{key} {value} is that of {owners[value]}; choose another"
                yield sheet.document.problem((*path, "rules", i, key), message)


def _routes(sheet: Sheet, path: Path, host: nodes.Host, found: dict[str, Isolated]) -> Iterator[Problem]:
    links = [(nic, written.addresses) for nic, written in host.nics.items()]
    owners = {i.table: nic for nic, i in found.items()}
    for i, route in enumerate(host.routes):
        dev = route.dev or (device_towards(route.via, links) if route.via else None)
        if dev in found and route.table != found[dev].table:
            message = f"{dev} is isolated: a route by it stands in its table {found[dev].table}, not in {route.table}"
            yield sheet.document.problem((*path, "routes", i), message)
        elif route.table == DIRECT_TABLE or (route.table in owners and dev != owners[route.table]):
            whose = owners.get(route.table, "all isolated NICs")
            message = f"table {route.table} is that of {whose}; choose another"
            yield sheet.document.problem((*path, "routes", i, "table"), message)
