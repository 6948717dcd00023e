"""ARP is answered on one link for addresses of another (the weak host model; "ARP flux").

Symptom: two machines answer for one address, traffic arrives on the wrong NIC, or guests of one network reach an
address that was meant for another. Cause: by default an IPv4 address belongs to the host, not to its link, so a
request that comes in by any link is answered (arp_ignore 0; all kernels). A service address on `lo` behind a load
balancer is the classic victim. arp_filter does not help: it looks at the way back to who asks, not at the address that
is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, listed, set_sysctl
from netproof.state.facts import Facts, Link


def _findings(facts: Facts) -> Iterator[Finding]:
    borne = [a for link in facts.links for a in facts.lasting(link.ifname, "ipv4")]
    for link in facts.links:
        if not facts.lasting(link.ifname, "ipv4") or not _answers(facts, link):
            continue
        if others := [a for a in borne if a.ifname != link.ifname]:
            told = listed(f"{a.interface.ip} of {a.ifname}" for a in others)
            evidence = f"on {link.ifname} ARP requests for {told} are answered: arp_ignore is 0"
            yield Finding(link.ifname, evidence, set_sysctl(f"net/ipv4/conf/{link.ifname}/arp_ignore=1"))


def _answers(facts: Facts, link: Link) -> bool:
    hears = link.is_up and not link.master and link.flags.isdisjoint({"NOARP", "LOOPBACK"})
    return hears and not facts.strongest(link.ifname, "arp_ignore")


CHECK = Check(
    "arp-for-others",
    "ARP is answered for addresses of other links",
    "Whoever is on that link reaches addresses that were never meant for it, and a second answer misleads neighbours.",
    "kernel: Documentation/networking/ip-sysctl.rst, arp_ignore",
    _findings,
)
