"""A VXLAN device takes part in IP itself.

Symptom: whoever can send into the overlay reaches the host through the tunnel's own device, or sees its router
solicitations and MLD reports there. Cause: a VXLAN device is a link like any other: it gets an IPv6 link-local address
as soon as it is up, and if it is no bridge's port it takes IPv4 for any address of the host (all kernels). A device
that bears an address of its own is meant to be routed and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, set_sysctl
from netproof.audit.handed import closed, handed, has_address
from netproof.state.facts import Facts

_WORDS = {"arp": "ARP", "ip": "IPv4", "ip6": "IPv6"}


def _findings(facts: Facts) -> Iterator[Finding]:
    for device in facts.of_kind("vxlan"):
        off = f"net/ipv6/conf/{device.ifname}/disable_ipv6"
        if not device.is_up or has_address(facts, device):
            continue
        if device.master and off in facts.sysctls and not facts.sysctl(off):
            evidence = (
                f"{device.ifname} is a port of {device.master}, and has an IPv6 address of its own in the overlay"
            )
            yield Finding(device.ifname, evidence, set_sysctl(f"{off}=1"))
        elif ways := list(handed(facts, device)):
            told = ", ".join(_WORDS[way] for way in ways)
            evidence = f"{device.ifname} hands {told} from the overlay to the host"
            yield Finding(device.ifname, evidence, closed(facts, device))


CHECK = Check(
    "vxlan-ip",
    "a VXLAN device takes part in IP",
    "The host is a member of an overlay that it was only meant to carry.",
    "kernel: Documentation/networking/vxlan.rst; ip-sysctl.rst, disable_ipv6",
    _findings,
    needs=frozenset({"nft"}),
)
