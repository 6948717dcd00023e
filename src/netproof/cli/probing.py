"""What packets show of an audit's finding: a stranger at the bridge asks who bears the host's addresses.

It asks as a host asks before it takes an address (RFC 5227, RFC 4862): from no address, of a MAC that nobody has, so
that no table of anybody's is changed but the bridge's own, for as long as the port is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netproof.audit.audit import Found
    from netproof.state.facts import Facts


def probed(found: Found, facts: Facts, netns: str | None) -> str | None:
    """Return what came of it; None for a finding of which a stranger at a bridge can show nothing.

    Raises KernelError, OSError.
    """
    bridge = facts.link(found.finding.where) if found.check.name == "bridge-to-host" else None
    if bridge is None:
        return None
    if bridge.data.get("stp_state"):
        return "not tried: spanning tree would keep a new port waiting"
    from netproof.kernel.stranger import IFNAME, stranger
    from netproof.proof.taken import taken

    bridges = [a.interface.ip for a in facts.addresses if a.ifname == bridge.ifname]
    hosts = [a.interface.ip for link in facts.links for a in facts.lasting(link.ifname, "ipv4")]
    with stranger(netns, bridge.ifname, bridge.mtu) as vantage:
        answers = [taken(IFNAME, [(vantage, asked)]) for asked in (hosts, bridges) if asked]
    told = ", ".join(f"{address} answered" for address in answers if address)
    return f"asked by a stranger at {bridge.ifname}: {told or 'no answer'}"
