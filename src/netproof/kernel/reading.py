"""Reading a kernel: one dump of each kind a namespace, joined into objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from netproof.change.kernel import Reading, Scope
from netproof.kernel.address import dump_addresses, read_address
from netproof.kernel.bridge import read_bridge
from netproof.kernel.dot1q import lower_of, read_vlan
from netproof.kernel.fdbs import Tables, read_fdbs
from netproof.kernel.held import Held
from netproof.kernel.ingress import read_drops
from netproof.kernel.link import LinkRecord, dump_links, link_record, plain, settings
from netproof.kernel.marks import Marks
from netproof.kernel.neighbour import dump_neighbours, read_neighbour
from netproof.kernel.netns import entered
from netproof.kernel.nft import read_contents, read_tables
from netproof.kernel.port import read_port
from netproof.kernel.route import dump_routes, read_route
from netproof.kernel.rule import dump_rules, read_rules
from netproof.kernel.veth import nsid, read_pairs
from netproof.kernel.vlan import dump_vlans, filters, read_filtering
from netproof.kernel.vxlan import group_of, read_vxlan
from netproof.state.filters import TABLE_PREFIX, table_name
from netproof.state.hoststate import HostState
from netproof.state.links import Veth
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject, Key, is_hosts, link_key


@dataclass(slots=True)
class Found:
    """What was read so far: objects by key (of two of one key, the kernel uses the first), and the marked ones."""

    objects: dict[Key, KernelObject] = field(default_factory=dict)
    marked: set[Key] = field(default_factory=set)

    def add(self, thing: KernelObject, *, marked: bool = False) -> None:
        """Take in an object."""
        known = self.objects.setdefault(thing.key, thing)
        if marked and known == thing:
            self.marked.add(thing.key)

    def extend(self, things: Iterable[KernelObject]) -> None:
        """Take in objects that bear no mark."""
        for thing in things:
            self.add(thing)


def read_all(marks: Marks, scope: Scope, spaces: Sequence[Held]) -> Reading:
    """Read the first of `spaces`, which is home, and the others. Raises KernelError."""
    site = scope.site
    known = {held.name: (held, _links_of(held)) for held in spaces}
    pairs = read_pairs(known)
    found = Found()
    sites: set[str] = set()
    for held, links in known.values():
        _read_links(found, held, links, pairs[held.name])
        _read_tunnels(found, held, links, known[HOME] if is_hosts(held.name) else (held, links))
        _read_fdbs(found, held, links, scope)
        _read_layer3(found, held, links)
        sites |= _read_filters(found, held, links, site)
        for link in links.values():
            marked_by = marks.site_in(link.alias)
            if link.link_type == "loopback":
                if held.name != HOME:
                    found.add(Namespace(held.name), marked=marked_by == site)
            elif marked_by == site:
                found.marked.add(link_key(held.name, link.ifname))
            elif marked_by and is_hosts(held.name):
                sites.add(marked_by)
    return Reading(HostState.keyed(found.objects), frozenset(found.marked), frozenset(sites))


def _links_of(held: Held) -> dict[int, LinkRecord]:
    """Return the links of a namespace by their index."""
    return {link.index: link for link in map(link_record, held.route.dump(dump_links(), "links"))}


def _read_links(found: Found, held: Held, links: Mapping[int, LinkRecord], pairs: Mapping[int, Veth]) -> None:
    """Take in links, their settings, what they are ports of, and the VLANs of bridges that filter."""
    names = {index: link.ifname for index, link in links.items()}
    for index, link in links.items():
        if index in pairs:
            found.add(pairs[index])
        elif link.link_type == "bridge":
            found.add(read_bridge(held.name, link))
        elif link.link_type == "vlan":
            found.add(read_vlan(held.name, link, names))
        elif link.link_type != "vxlan":
            found.add(plain(held.name, link))
        found.extend(settings(held.name, link, lower_of(link, names)))
        if link.controller_type == "bridge" and link.controller in links:
            found.add(read_port(held.name, link, names[link.controller]))
    filtering = {index: link.ifname for index, link in links.items() if link.link_type == "bridge" and filters(link)}
    if filtering:
        found.extend(read_filtering(held.name, held.route.dump(dump_vlans(), "the VLANs of bridges"), filtering))


def _read_tunnels(
    found: Found, held: Held, links: Mapping[int, LinkRecord], outer: tuple[Held, Mapping[int, LinkRecord]]
) -> None:
    """Take in VXLAN devices; one that sends from another namespace than the `outer` is just a link."""
    devices = [link for link in links.values() if link.link_type == "vxlan"]
    if not devices:
        return
    number = None if outer[0] is held else nsid(held.route, outer[0].fd)
    names = {index: link.ifname for index, link in outer[1].items()}
    for link in devices:
        found.add(read_vxlan(held.name, link, names) if link.other_nsid == number else plain(held.name, link))


def _read_fdbs(found: Found, held: Held, links: Mapping[int, LinkRecord], scope: Scope) -> None:
    """Take in the entries of bridge ports and of VXLAN devices; those that are looked for faster."""
    ports = {index: link.ifname for index, link in links.items() if link.controller_type == "bridge"}
    devices = {index: link.ifname for index, link in links.items() if link.link_type == "vxlan"}
    groups = {index: group_of(links[index]) for index in devices}
    wanted = {ifname: entries for (netns, ifname), entries in scope.entries.items() if netns == held.name}
    if ports or devices:
        tables = Tables(held.name, ports, devices, groups, wanted, scope.by_name)
        found.objects.update(read_fdbs(held, tables))


def _read_layer3(found: Found, held: Held, links: Mapping[int, LinkRecord]) -> None:
    """Take in addresses, routes, rules and neighbours of both families."""
    names = {index: link.ifname for index, link in links.items()}
    macs = {index: link.mac for index, link in links.items() if link.mac}
    route = held.route
    read: list[tuple[KernelObject, bool] | None]
    read = [read_address(held.name, body, names, macs) for body in route.dump(dump_addresses(), "addresses")]
    read += [read_route(held.name, body, names) for body in route.dump(dump_routes(), "routes")]
    read += read_rules(held.name, route.dump(dump_rules(), "routing rules"))
    read += [read_neighbour(held.name, body, names) for body in route.dump(dump_neighbours(), "neighbours")]
    for thing, marked in filter(None, read):
        found.add(thing, marked=marked)


def _read_filters(found: Found, held: Held, links: Mapping[int, LinkRecord], site: str) -> set[str]:
    """Take in tc filters and the tables of `site` on the host; return the other sites that have tables there.

    A guest's are its own: none of ours is in there, and listing them would be to trust what its root wrote.
    """
    if not is_hosts(held.name):
        return set()
    found.extend(read_drops(held.name, held.route, {index: link.ifname for index, link in links.items()}))
    tables = read_tables(held)
    ours = [table for table in tables if table.name == table_name(site)]
    with entered(held.fd if ours else None):
        contents = [(table, read_contents(table)) for table in ours]
    for table, chains in contents:
        if chains is not None:
            found.add(table, marked=True)
            found.extend(chains)
    return {t.name.removeprefix(TABLE_PREFIX) for t in tables if t not in ours}
