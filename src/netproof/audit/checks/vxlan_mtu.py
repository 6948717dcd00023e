"""A VXLAN device whose MTU is more than the underlay carries.

Symptom: pings pass, logins hang, full frames vanish or are fragmented by this host. Cause: VXLAN adds 50 bytes on IPv4
and 70 on IPv6; the kernel takes that off the MTU of the device that the tunnel is bound to (`dev`), but without `dev`
it starts with 1500, and any MTU may be set later (all kernels).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.vxlan import family, underlay
from netproof.state.facts import Facts

_OVERHEAD = {"ipv4": 50, "ipv6": 70}


def _findings(facts: Facts) -> Iterator[Finding]:
    for device in facts.of_kind("vxlan"):
        below = underlay(facts, device)
        if below is None or "LOOPBACK" in below.flags:
            continue
        most = below.mtu - _OVERHEAD[family(device)]
        if device.mtu > most:
            evidence = f"{device.ifname} has an MTU of {device.mtu}; {below.ifname} with {below.mtu} carries {most}"
            yield Finding(device.ifname, evidence, ("ip", "link", "set", "dev", device.ifname, "mtu", str(most)))


CHECK = Check(
    "vxlan-mtu",
    "a VXLAN device's MTU is more than its underlay carries",
    "Full frames are lost, or fragmented; give the endpoints the smaller MTU as well.",
    "RFC 7348, section 4.3",
    _findings,
)
