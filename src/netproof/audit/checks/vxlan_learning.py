"""A VXLAN device learns by itself where a control plane writes its FDB.

Symptom: entries appear that no control plane wrote, and after a forged or looping frame a MAC is behind the wrong
VTEP. Cause: `learning` is on by default: each frame that is received writes (source MAC → VTEP) beside what was
written, and moves what is not permanent (all kernels; FRR and others ask for `nolearning`).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.vxlan import ALL_ZERO, devices, remote_entries
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    for device in devices(facts):
        written = [
            e
            for e in remote_entries(facts, device)
            if e.mac != ALL_ZERO and ("extern_learn" in e.flags or e.state in ("permanent", "static"))
        ]
        if written and device.data.get("learning"):
            evidence = f"{device.ifname} learns, beside {len(written)} written entries ({written[0].mac} …)"
            command = ("ip", "link", "set", "dev", device.ifname, "type", "vxlan", "id", str(device.data["id"]))
            yield Finding(device.ifname, evidence, (*command, "nolearning"))


CHECK = Check(
    "vxlan-learning",
    "a VXLAN device learns where a control plane writes",
    "Any frame from the underlay adds entries, and moves those that are not permanent.",
    "ip-link(8), vxlan nolearning; RFC 8365, section 5.1",
    _findings,
    needs=frozenset({"fdb"}),
)
