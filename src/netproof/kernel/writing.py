"""Steps as netlink requests: for each kind of object, what makes it, changes it in place, and takes it away."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netproof.change.step import Create, Replace, Step
from netproof.kernel.address import create_address, delete_address
from netproof.kernel.bridge import change_bridge, create_bridge
from netproof.kernel.dot1q import create_vlan
from netproof.kernel.fdb import change_entry, create_entry, delete_entry
from netproof.kernel.held import Held
from netproof.kernel.link import delete_link, set_alias, set_mac, set_mtu, set_no_arp, set_up
from netproof.kernel.neighbour import change_neighbour, create_neighbour, delete_neighbour
from netproof.kernel.netlink import Request
from netproof.kernel.port import join, leave, set_flags
from netproof.kernel.remote import change_remote, create_remote, delete_remote
from netproof.kernel.route import change_route, create_route, delete_route
from netproof.kernel.rule import create_rule, delete_rule
from netproof.kernel.veth import create_veth
from netproof.kernel.vlan import start_filtering, stop_filtering
from netproof.kernel.vxlan import change_vxlan, create_vxlan
from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.layer3 import Address, Route, Rule
from netproof.state.links import Bridge, Link, Mac, Mtu, Up, Veth, Vlan
from netproof.state.object import HOME, KernelObject
from netproof.state.tunnels import Neighbour, RemoteEntry, Vxlan


@dataclass(frozen=True, slots=True)
class Desk:
    """What writing needs beside the step: its namespace and home, how to find others, how to mark a link as ours."""

    held: Held
    home: Held
    netns_fd: Callable[[str], int]
    alias: Callable[[str], str]

    def requests(self, step: Step) -> list[Request]:
        """Return the messages of a step, in order. Raises OSError where the kernel has no such link or no such thing.

        The first is the one that may meet another's object; those behind it only complete what it did.
        """
        if isinstance(step, Replace):
            write = _CHANGED.get(type(step.after))
            return write(self, step.after) if write else self.requests(Create(step.after))
        table = _CREATED if isinstance(step, Create) else _DELETED
        write = table.get(type(step.thing))
        if write is None:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return write(self, step.thing)

    def index(self, ifname: str) -> int:
        """Return the index of a link, 0 for no name. Raises OSError (ENODEV) if there is no such link."""
        return self.held.route.ifindex(ifname) if ifname else 0

    def underlay(self, vxlan: Vxlan) -> int:
        """Return the index of the link that a device sends by, 0 for none. Raises OSError as `index` does."""
        outer = self.home if vxlan.outer_netns == HOME else self.held
        return outer.route.ifindex(vxlan.underlay) if vxlan.underlay else 0

    def marked(self, creation: Request, ifname: str) -> list[Request]:
        """Return the creation of a link, and behind it its mark."""
        return [creation, set_alias(ifname, self.alias(ifname))]


_Write = Callable[[Desk, Any], list[Request]]

_CREATED: dict[type[KernelObject], _Write] = {
    Bridge: lambda desk, bridge: desk.marked(create_bridge(bridge), bridge.ifname),
    Veth: lambda desk, veth: desk.marked(create_veth(veth, desk.netns_fd(veth.peer_netns)), veth.ifname),
    Vxlan: lambda desk, vxlan: desk.marked(create_vxlan(vxlan, desk.underlay(vxlan)), vxlan.ifname),
    Vlan: lambda desk, vlan: desk.marked(create_vlan(vlan, desk.index(vlan.lower)), vlan.ifname),
    Mac: lambda _, mac: [set_mac(mac)],
    Mtu: lambda _, mtu: [set_mtu(mtu)],
    Port: lambda desk, port: join(port, desk.index(port.bridge)),
    FdbEntry: lambda desk, entry: [create_entry(entry, desk.index(entry.ifname), desk.held.route)],
    RemoteEntry: lambda desk, entry: [create_remote(entry, desk.index(entry.ifname), desk.held.route)],
    Neighbour: lambda desk, entry: [create_neighbour(entry, desk.index(entry.ifname), desk.held.route)],
    VlanFiltering: lambda desk, thing: start_filtering(thing, desk.index(thing.ifname)),
    NoArp: lambda _, thing: [set_no_arp(thing, on=True)],
    Up: lambda _, up: [set_up(up, up=True)],
    Address: lambda desk, address: [create_address(address, desk.index(address.ifname))],
    Route: lambda desk, route: [create_route(route, desk.index(route.ifname))],
    Rule: lambda _, rule: [create_rule(rule)],
}

_CHANGED: dict[type[KernelObject], _Write] = {
    Bridge: lambda _, bridge: [change_bridge(bridge)],
    Veth: lambda _, veth: [set_mac(Mac(veth.netns, veth.ifname, veth.mac))],
    Vxlan: lambda desk, vxlan: [change_vxlan(vxlan, desk.underlay(vxlan))],
    Port: lambda _, port: [set_flags(port)],
    FdbEntry: lambda desk, entry: [change_entry(entry, desk.index(entry.ifname))],
    RemoteEntry: lambda desk, entry: [change_remote(entry, desk.index(entry.ifname))],
    Neighbour: lambda desk, entry: [change_neighbour(entry, desk.index(entry.ifname))],
    Route: lambda desk, route: [change_route(route, desk.index(route.ifname))],
}
"""Where it differs from creating; a setting is simply set."""

_DELETED: dict[type[KernelObject], _Write] = {
    Link: lambda _, link: [delete_link(link.ifname)],
    Bridge: lambda _, bridge: [delete_link(bridge.ifname)],
    Veth: lambda _, veth: [delete_link(veth.ifname)],
    Vxlan: lambda _, vxlan: [delete_link(vxlan.ifname)],
    Vlan: lambda _, vlan: [delete_link(vlan.ifname)],
    Port: lambda _, port: [leave(port)],
    FdbEntry: lambda desk, entry: [delete_entry(entry, desk.index(entry.ifname))],
    RemoteEntry: lambda desk, entry: [delete_remote(entry, desk.index(entry.ifname))],
    Neighbour: lambda desk, entry: [delete_neighbour(entry, desk.index(entry.ifname))],
    VlanFiltering: lambda desk, thing: stop_filtering(thing, desk.index(thing.ifname)),
    NoArp: lambda _, thing: [set_no_arp(thing, on=False)],
    Up: lambda _, up: [set_up(up, up=False)],
    Address: lambda desk, address: [delete_address(address, desk.index(address.ifname))],
    Route: lambda desk, route: [delete_route(route, desk.index(route.ifname))],
    Rule: lambda _, rule: [delete_rule(rule)],
}
