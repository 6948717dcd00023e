"""An isolated testing interface: a NIC that nothing uses but traffic to and from its own addresses.

::

    from 192.168.14.10 ──▶ rule 6001 ──▶ table 22: its subnets, its gateway, else unreachable
    from nobody yet    ──▶ rule 6000 ──▶ table 23: its subnets, of every isolated NIC
    from anybody else  ──▶ main, which knows nothing of it

The host's other addresses do not use the subnets of table 23: IPv4 asks for the source 0.0.0.0, which local traffic has
until it has chosen one. IPv6 has no such rule, for a rule with a source never matches who has none (6.18); there the
*routes* are for the source ``::`` alone (CONFIG_IPV6_SUBTREES). Table 22 ends in *unreachable*: else what finds no way
there, with the NIC down or without a gateway, would go on to the main table and leave by another NIC.

Linux takes a packet for any of its addresses by any NIC, and answers ARP so: the rules at `input`, and `arp_ignore` on
this NIC and the others, make the two strangers to each other. `rp_filter` may stand as it stands, strict too: for each
source the way back is the way in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netproof.routing.route import DEFAULT, route
from netproof.routing.rule import rule
from netproof.state.filters import NftChain, table_name
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.object import HOME, KernelObject
from netproof.values.address import Address as IPAddress
from netproof.values.address import Interface, Network, family_of

DIRECT_TABLE, DIRECT_PRIORITY = 23, 6000
"""The table of all isolated NICs' subnets, for local traffic without a source, and the priority of its rules."""
LAST_METRIC = 4278198272
"""Of the route that ends a table; the kernel's documentation on VRFs takes the same."""
_GROUPS = {"ipv4": ("224.0.0.0/4", "255.255.255.255"), "ipv6": ("fe80::/10", "ff00::/8")}
"""What a NIC takes besides its own addresses: groups, broadcasts, and IPv6's link-local addresses."""


@dataclass(frozen=True, slots=True)
class IsolatedContext:
    """An isolated NIC: its addresses and gateways, `table` for its routes, `priority` of its routing rules."""

    ifname: str
    addresses: tuple[Interface, ...]
    gateways: tuple[IPAddress, ...]
    table: int
    priority: int

    @property
    def routed(self) -> tuple[Interface, ...]:
        """Its addresses but for IPv6's link-local ones, which mean nothing without their link."""
        return tuple(a for a in self.addresses if a.version == 4 or not a.is_link_local)

    @property
    def subnets(self) -> dict[Network, Interface]:
        """Each subnet with its first address there."""
        return {a.network: a for a in reversed(self.routed)}


def isolated(nic: IsolatedContext) -> Iterator[KernelObject]:
    """Yield what isolates a NIC, but for the filters, which it shares with others: settings, addresses, routes, rules.

    No router's advertisement may tell the main table of it.
    """
    yield Sysctl(HOME, f"net/ipv4/conf/{nic.ifname}/arp_ignore", "1", nic.ifname)
    yield Sysctl(HOME, f"net/ipv4/conf/{nic.ifname}/arp_announce", "2", nic.ifname)
    yield Sysctl(HOME, f"net/ipv6/conf/{nic.ifname}/accept_ra", "0", nic.ifname)
    for address in nic.addresses:
        yield Address(HOME, nic.ifname, str(address), noprefixroute=True)
    yield from _own_table(nic)
    yield from _direct_table(nic)


def mute_for_others(ifname: str) -> Sysctl:
    """Return the setting by which another NIC answers ARP for its own addresses only, not for an isolated one's."""
    return Sysctl(HOME, f"net/ipv4/conf/{ifname}/arp_ignore", "1", ifname)


def _own_table(nic: IsolatedContext) -> Iterator[Route | Rule]:
    for subnet in nic.subnets:
        yield replace(route(HOME, subnet, via=None, ifname=nic.ifname, table=nic.table), exclusive=True)
    for gateway in nic.gateways:
        yield replace(route(HOME, None, via=gateway, ifname=nic.ifname, table=nic.table), exclusive=True)
    for version in dict.fromkeys(a.version for a in nic.routed):
        last = Route(HOME, str(DEFAULT[version]), table=nic.table, metric=LAST_METRIC, unreachable=True)
        yield replace(last, exclusive=True)
    for address in nic.routed:
        yield _lookup(address, nic.table, nic.priority, source=address.network.__class__(address.ip))


def _direct_table(nic: IsolatedContext) -> Iterator[Route | Rule]:
    for subnet, address in nic.subnets.items():
        if subnet.version == 4:
            yield Route(HOME, str(subnet), "", nic.ifname, DIRECT_TABLE, prefsrc=str(address.ip), exclusive=True)
            nobody = address.network.__class__("0.0.0.0/32")
            yield _lookup(address, DIRECT_TABLE, DIRECT_PRIORITY, source=nobody, iif="lo")
        else:
            yield Route(HOME, str(subnet), "", nic.ifname, DIRECT_TABLE, source="::/128", exclusive=True)
            yield _lookup(address, DIRECT_TABLE, DIRECT_PRIORITY, source=None, iif="lo")


def _lookup(near: Interface, table: int, priority: int, *, source: Network | None, iif: str | None = None) -> Rule:
    """Return the rule by which local packets of the family of `near` look up `table`."""
    return rule(
        family_of(near),
        priority,
        source=source,
        destination=None,
        iif=iif,
        oif=None,
        fwmark=None,
        table=table,
        action="lookup",
    )


def doors(site: str, nics: Iterable[IsolatedContext]) -> Iterator[NftChain]:
    """Yield the filters of all isolated NICs: each takes what is for its own addresses, alone, and forwards nothing."""
    nics = sorted(nics, key=lambda nic: nic.ifname)
    own = [entry for nic in nics for entry in _taken(nic)]
    shut = [f'iifname "{nic.ifname}" drop' for nic in nics]
    elsewhere = [f'iifname != "lo" {_daddr(a)} {a.ip} drop' for nic in nics for a in nic.routed]
    yield _chain(site, "isolated", "input", (*own, *shut, *elsewhere))
    ways = [f'{way} "{nic.ifname}" drop' for nic in nics for way in ("iifname", "oifname")]
    yield _chain(site, "isolated-forward", "forward", tuple(ways))


def _taken(nic: IsolatedContext) -> Iterator[str]:
    found: dict[str, None] = {}
    for address in nic.routed:
        broadcast = address.network.broadcast_address
        ends = (address.ip, broadcast) if address.version == 4 and address.network.prefixlen < 31 else (address.ip,)
        found |= dict.fromkeys(f"{_daddr(address)} {end}" for end in ends)
    for family, groups in _GROUPS.items():
        found |= dict.fromkeys(f"{'ip6' if family == 'ipv6' else 'ip'} daddr {group}" for group in groups)
    return (f'iifname "{nic.ifname}" {match} accept' for match in found)


def _daddr(address: Interface) -> str:
    return "ip6 daddr" if address.version == 6 else "ip daddr"


def _chain(site: str, name: str, hook: str, rules: tuple[str, ...]) -> NftChain:
    return NftChain(
        HOME,
        "inet",
        table_name(site),
        name,
        f"type filter hook {hook} priority filter; policy accept;",
        rules,
    )
