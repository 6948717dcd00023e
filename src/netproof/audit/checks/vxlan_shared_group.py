"""Two VNIs flood into one multicast group.

Symptom: hosts with one tenant only receive every broadcast of the others, and their load grows with the tenants.
Cause: a VTEP joins a group, not a VNI; the kernel receives all that is sent to the group and throws away what is of a
VNI it does not have (RFC 7348, section 4.2 wants a mapping of VNIs to groups). Whoever listens in the group sees it
all.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from netproof.audit.check import Check, Finding
from netproof.audit.vxlan import devices, named
from netproof.state.facts import Facts, Link
from netproof.values.address import Address


def _findings(facts: Facts) -> Iterator[Finding]:
    joined: dict[Address, list[Link]] = {}
    for device in sorted(devices(facts), key=lambda d: int(d.data["id"])):
        group = named(device, "group")
        if group is not None:
            joined.setdefault(group, []).append(device)
    for group, members in joined.items():
        first, *others = members
        for device in others:
            evidence = (
                f"{device.ifname} (VNI {device.data['id']}) and {first.ifname} (VNI {first.data['id']}) use {group}"
            )
            yield Finding(device.ifname, evidence, _own_group(device, set(joined)))


def _own_group(device: Link, taken: set[Address]) -> tuple[str, ...]:
    """Return the command that gives a device a group of its own: its VNI in the administratively scoped range."""
    vni, group = int(device.data["id"]), named(device, "group")
    base = IPv6Address("ff05::") if group is not None and group.version == 6 else IPv4Address("239.0.0.0")
    own = next(base + n for n in range(vni, vni + len(taken) + 1) if base + n not in taken)
    lower = device.lower or str(device.data.get("link", ""))
    bound = ("dev", lower) if lower else ()
    return ("ip", "link", "set", "dev", device.ifname, "type", "vxlan", "id", str(vni), "group", str(own), *bound)


CHECK = Check(
    "vxlan-shared-group",
    "two VNIs flood into one multicast group",
    "Every host of one tenant receives the floods of the other; give all VTEPs of the VNI the same new group.",
    "RFC 7348, section 4.2",
    _findings,
)
