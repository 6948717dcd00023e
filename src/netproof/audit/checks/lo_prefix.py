"""An address on `lo` with a prefix that is shorter than the address.

Symptom: a host with a service address, 198.51.100.10/24 on `lo`, takes packets for all of 198.51.100.0/24 as its own
and reaches none of these neighbours any more. Cause: for an address on a loopback link the kernel makes the *whole
prefix* local, as it does of 127.0.0.0/8 (IPv4, all kernels). IPv6 makes a route of the prefix into `lo`, where packets
for it end.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    for link in facts.links:
        for address in facts.lasting(link.ifname) if "LOOPBACK" in link.flags else ():
            wide, ip, dev = address.interface, address.interface.ip, shlex.quote(link.ifname)
            if wide.network.num_addresses > 1:
                commands = f"ip address del {wide} dev {dev} && ip address add {ip}/{ip.max_prefixlen} dev {dev}"
                evidence = f"{link.ifname} has {wide}: all of {wide.network} ends at this host"
                yield Finding(f"{link.ifname}-{ip}", evidence, ("sh", "-c", commands))


CHECK = Check(
    "lo-prefix",
    "an address on lo takes its whole prefix",
    "The host answers for, and cannot reach, every neighbour in that prefix.",
    "ip-address(8); kernel: net/ipv4/fib_frontend.c, fib_add_ifaddr",
    _findings,
)
