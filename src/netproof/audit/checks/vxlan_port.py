"""A VXLAN device on UDP port 8472.

Symptom: two ends are configured alike and no packet arrives; firewalls that know VXLAN let it not pass, or do not
watch it. Cause: `ip link add type vxlan` without `dstport` takes 8472, the port of the first Linux kernels that had
VXLAN (3.7), for compatibility; RFC 7348 got 4789 from IANA, which others use. Devices of flannel, which means 8472,
and those that take their tunnel from metadata are left alone. The kernel does not change a device's port: it must be
made anew, and whatever writes its FDB must write it again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.vxlan import devices, named
from netproof.state.facts import Facts, Link

_OLD, _IANA = 8472, 4789


def _findings(facts: Facts) -> Iterator[Finding]:
    for device in devices(facts):
        if device.data.get("port") == _OLD and not device.ifname.startswith("flannel"):
            evidence = (
                f"{device.ifname} (VNI {device.data.get('id')}) sends to UDP port {_OLD}; others listen on {_IANA}"
            )
            yield Finding(device.ifname, evidence, ("sh", "-ec", "; ".join(map(shlex.join, _anew(device)))))


def _anew(device: Link) -> Iterator[list[str]]:
    """Yield the commands that make the device again, with the port that IANA gave."""
    name, data = device.ifname, device.data
    yield ["ip", "link", "del", "dev", name]
    made = ["ip", "link", "add", name, "mtu", str(device.mtu), "address", device.mac, "type", "vxlan"]
    made += ["id", str(data["id"]), "dstport", str(_IANA)]
    for word in ("local", "group", "remote"):
        address = named(device, word)
        made += [word, str(address)] if address is not None else []
    made += ["dev", device.lower or data["link"]] if device.lower or data.get("link") else []
    yield [*made, "learning" if data.get("learning") else "nolearning", *(w for w in ("proxy", "rsc") if data.get(w))]
    if device.master:
        yield ["ip", "link", "set", "dev", name, "master", device.master]
    if device.is_up:
        yield ["ip", "link", "set", "dev", name, "up"]


CHECK = Check(
    "vxlan-port",
    "a VXLAN device uses UDP port 8472",
    "Ends that follow RFC 7348 never hear it, and filters for VXLAN do not see it.",
    "RFC 7348, section 8; ip-link(8), vxlan dstport",
    _findings,
)
