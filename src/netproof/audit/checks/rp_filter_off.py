"""Sender addresses are not looked at, on a host with several uplinks.

Symptom: from one network packets come in that pretend to be from the other, trusted one, and rules that match
addresses let them pass. Cause: `rp_filter` is 0 by default in the kernel (a distribution's sysctl.d may differ), and a
link takes any sender. Strict, 1, is right but beside routing rules by mark or port, which it does not ask: there
loose, 2, is what remains.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, set_sysctl
from netproof.audit.lookup import unasked, ways_out
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    uplinks = sorted({ifname for _, ifname in ways_out(facts, "ipv4")})
    loose = any(rule.family == "ipv4" and unasked(rule) for rule in facts.rules)
    for ifname in uplinks if len(uplinks) > 1 else ():
        if not facts.strongest(ifname, "rp_filter"):
            others = ", ".join(name for name in uplinks if name != ifname)
            evidence = f"{ifname} takes packets from senders that are behind {others}: its rp_filter is 0"
            mend = set_sysctl(f"net/ipv4/conf/{ifname}/rp_filter={2 if loose else 1}")
            yield Finding(ifname, evidence, mend)


CHECK = Check(
    "rp-filter-off",
    "senders' addresses are not looked at on a host with several uplinks",
    "Whoever is on one network pretends to be on the other, and rules by address believe it.",
    "RFC 2827; RFC 3704; kernel: Documentation/networking/ip-sysctl.rst, rp_filter",
    _findings,
)
