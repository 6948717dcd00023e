"""Answers from an address leave by another NIC.

Symptom: from its own network an address is reached, from elsewhere not, or only by a firewall that has not seen the
question. Cause: Linux routes by destination: with the default route by eth0, the answer of a service at eth1's address
goes out of eth0, past eth1's router (all kernels). Routing rules by source mend it. With a router on that NIC known,
the command makes a table of its own; with none, it keeps the address to its own network.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import count

from netproof.audit.check import Check, Finding
from netproof.audit.lookup import looked_up, ways_out
from netproof.state.facts import Facts, LinkAddress
from netproof.values.address import FAMILIES, Family

_NICS = frozenset({"", "veth", "vlan", "bond", "team", "macvlan", "ipvlan"})
_FIRST_TABLE, _PRIORITY = 1000, 5000


def _findings(facts: Facts) -> Iterator[Finding]:
    tables = (n for n in count(_FIRST_TABLE) if all(rule.table != str(n) for rule in facts.rules))
    for family in FAMILIES:
        for address in _of_nics(facts, family):
            route = looked_up(facts, family, None, address.interface.ip)
            if route is not None and address.ifname not in (leaves := sorted({name for _, name in route.hops})):
                evidence = f"answers of {address.interface.ip} on {address.ifname} leave by {', '.join(leaves)}"
                yield Finding(
                    f"{address.ifname}-{address.interface.ip}", evidence, _mend(facts, address, family, next(tables))
                )


def _of_nics(facts: Facts, family: Family) -> Iterator[LinkAddress]:
    for link in facts.links:
        if link.kind in _NICS and link.is_up and not link.master and "LOOPBACK" not in link.flags:
            yield from facts.lasting(link.ifname, family)


def _mend(facts: Facts, address: LinkAddress, family: Family, table: int) -> tuple[str, ...]:
    """Return the command that sends what the address answers by its own NIC, or keeps it to its own network."""
    ip, version, dev = address.interface.ip, f"-{family[-1]}", shlex.quote(address.ifname)
    ways = (route for route, name in ways_out(facts, family) if name == address.ifname)
    vias = [via for route in ways for via, name in route.hops if name == address.ifname and via is not None]
    near = f"ip {version} rule add from {ip} lookup main suppress_prefixlength 0 priority {_PRIORITY}"
    if vias:
        route = f"ip {version} route add default via {vias[0]} dev {dev} table {table}"
        rule = f"ip {version} rule add from {ip} lookup {table} priority {_PRIORITY + 1}"
        return ("sh", "-ec", f"{near}; {route}; {rule}")
    return ("sh", "-ec", f"{near}; ip {version} rule add from {ip} unreachable priority {_PRIORITY + 1}")


CHECK = Check(
    "reply-by-other-nic",
    "answers from an address leave by another NIC",
    "Firewalls and routers on the way see half of each connection, and uRPF drops it.",
    "ip-rule(8); kernel: Documentation/networking/policy-routing.rst; RFC 3704",
    _findings,
)
