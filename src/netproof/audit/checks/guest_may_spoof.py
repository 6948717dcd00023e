"""A container that may make any frame shares a bridge with others.

Symptom: one container reads or takes over the traffic of another on the same bridge. Cause: CAP_NET_RAW lets it send
ARP and IP in anybody's name, CAP_NET_ADMIN lets it change its MAC besides; both count in the container's own user
namespace too. CAP_NET_RAW is given by default by container engines (Docker, all versions). Nothing on a bridge holds
a port to its MAC and address unless a rule does.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface

from netproof.audit.check import Check, Finding
from netproof.audit.guests import Lodger, lodgers
from netproof.audit.mending import nft
from netproof.audit.spans import Match, equal, header, meta
from netproof.audit.steps import at_hook, walk
from netproof.state.facts import Facts, Link, NftChain
from netproof.state.inhabitants import CAP_NET_ADMIN, CAP_NET_RAW

_NAMES = {CAP_NET_ADMIN: "CAP_NET_ADMIN", CAP_NET_RAW: "CAP_NET_RAW"}


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        ports = len(facts.ports(bridge.ifname))
        for lodger in lodgers(facts, bridge.ifname) if ports > 1 else ():
            able = _who(lodger)
            if able and not _is_held(facts, lodger.port):
                evidence = f"{able}, at {lodger.port.ifname}, one of {ports} ports of {bridge.ifname}"
                yield Finding(lodger.port.ifname, evidence, nft(lodger.port.ifname, _guard(lodger)))


def _who(lodger: Lodger) -> str:
    for process in lodger.guest.inhabitants:
        has = [name for capability, name in _NAMES.items() if process.may(capability)]
        if has:
            return f"{process.name} (process {process.pid}) has {' and '.join(has)}"
    return ""


def _is_held(facts: Facts, port: Link) -> bool:
    """Say whether something at a port looks at the senders' MACs and drops frames."""
    if port.port.get("locked"):
        return True
    here = (equal(meta("iifname"), port.ifname),)
    chains = [chain for chain in at_hook(facts.nft, "ingress", "netdev") if port.ifname in chain.devices]
    chains += [c for hook in ("prerouting", "forward") for c in at_hook(facts.nft, hook, "bridge")]
    return any(_looks_at_macs(facts, chain, here) for chain in chains)


def _looks_at_macs(facts: Facts, chain: NftChain, here: tuple[Match, ...]) -> bool:
    mine = [step for step in walk(facts.nft, chain) if not step.spares(here)]
    looked = [step for step in mine if any(match.field == header("ether", "saddr") for match in step.matches)]
    return any(step.verdict == "drop" for step in looked) or bool(looked and chain.policy == "drop")


def _guard(lodger: Lodger) -> str:
    """Return nft's commands that hold a port to the MAC and addresses which the guest has now."""
    ipv4, ipv6 = [str(IPv4Address(0))], ["::", "fe80::/10"]
    for address in (a for a in lodger.link.addresses if a.version == 4 or not a.is_link_local):
        (ipv4 if isinstance(address, IPv4Interface) else ipv6).append(str(address.ip))
    chain = f"netdev guard port{lodger.port.index}"
    hook = f'type filter hook ingress device "{lodger.port.ifname}" priority 0;'
    senders = (
        f"ether saddr != {lodger.link.mac}",
        f"arp saddr ether != {lodger.link.mac}",
        f"arp saddr ip != {{ {', '.join(ipv4)} }}",
        f"ip saddr != {{ {', '.join(ipv4)} }}",
        f"ip6 saddr != {{ {', '.join(ipv6)} }}",
    )
    rules = "; ".join(f"add rule {chain} {sender} drop" for sender in senders)
    return f"add table netdev guard; add chain {chain} {{ {hook} }}; {rules}"


CHECK = Check(
    "guest-may-spoof",
    "a container that may make any frame shares a bridge",
    "It can answer and send in the name of its neighbours and of their gateway, and read what is meant for them.",
    "capabilities(7), CAP_NET_RAW; nft(8), netdev family",
    _findings,
    needs=frozenset({"guests", "nft"}),
)
