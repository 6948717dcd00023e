"""Services of the host may be reached by the guests of a bridge.

Symptom: a guest logs in on its hypervisor, or asks its monitoring agent, by the gateway's address or any other.
Cause: a socket that listens on all addresses listens on bridges too, and one that listens on an address of another
link is reached by it (the weak host model, IPv4 and IPv6, all kernels).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.guests import lodgers
from netproof.audit.mending import nft
from netproof.audit.spans import L3, L4, Match, equal, header, meta
from netproof.audit.steps import at_hook, walk
from netproof.state.facts import Facts, Link, NftChain
from netproof.state.inhabitants import ListeningSocket

_FOR_GUESTS = frozenset({("udp", 53), ("tcp", 53), ("udp", 67), ("udp", 547)})
_CLIENTS = frozenset({("udp", 68), ("udp", 546)})
_LEGACY = {"ip": "iptables filter", "ip6": "ip6tables filter"}


def _findings(facts: Facts) -> Iterator[Finding]:
    for bridge in facts.of_kind("bridge"):
        guests = [lodger.port.ifname for lodger in lodgers(facts, bridge.ifname) if not lodger.guest.forwards]
        guests += [port.ifname for port in facts.ports(bridge.ifname) if port.kind == "tun"]
        told = set()
        for socket in facts.sockets if guests and bridge.is_up else ():
            where = f"{bridge.ifname}/{socket.protocol}/{socket.port}"
            ways = [family for family in _families(facts, bridge, socket) if _is_open(facts, bridge, socket, family)]
            if ways and where not in told:
                told.add(where)
                yield Finding(
                    where, _evidence(facts, bridge, socket), nft("".join(guests), _drop(bridge, guests, socket))
                )


def _families(facts: Facts, bridge: Link, socket: ListeningSocket) -> Iterator[str]:
    """Yield the network protocols by which what comes from a bridge may get to a socket."""
    own = [a.interface.ip for a in facts.lasting(bridge.ifname)]
    meant = socket.ifname == bridge.ifname or socket.address in own
    kind = (socket.protocol, socket.port)
    elsewhere = socket.ifname not in ("", bridge.ifname) or (socket.address is not None and socket.address.is_loopback)
    if elsewhere or not socket.pids or kind in _CLIENTS or (meant and kind in _FOR_GUESTS):
        return
    if any(ip.version == 4 for ip in own) and (socket.family == 4 or socket.both):
        yield "ip"
    off = facts.sysctl(f"net/ipv6/conf/{bridge.ifname}/disable_ipv6")
    if socket.family == 6 and not off and not (socket.address and socket.address.is_link_local):
        yield "ip6"


def _is_open(facts: Facts, bridge: Link, socket: ListeningSocket, family: str) -> bool:
    """Say whether nothing at all that is known drops what would open a connection to a socket from a bridge."""
    packets = [
        equal(L3, family),
        equal(L4, socket.protocol),
        equal(header(socket.protocol, "dport"), socket.port),
        equal('{"ct": {"key": "state"}}', "new"),
    ]
    if _LEGACY[family] in facts.legacy or bridge.ifname in facts.tc_drops:
        return False
    below = [c for hook in ("prerouting", "input") for c in at_hook(facts.nft, hook, "bridge")]
    below += [c for c in at_hook(facts.nft, "ingress", "netdev") if c.devices & _links_of(facts, bridge)]
    above = [c for hook in ("ingress", "prerouting", "input") for c in at_hook(facts.nft, hook, family, "inet")]
    at_bridge = [*packets, equal(meta("iifname"), bridge.ifname)]
    return all(_lets(facts, c, packets) for c in below) and all(_lets(facts, c, at_bridge) for c in above)


def _links_of(facts: Facts, bridge: Link) -> frozenset[str]:
    return frozenset({bridge.ifname, *(port.ifname for port in facts.ports(bridge.ifname))})


def _lets(facts: Facts, chain: NftChain, packets: list[Match]) -> bool:
    for step in walk(facts.nft, chain):
        if not step.spares(packets):
            if step.verdict != "accept":
                return False
            if step.takes_all(packets):
                return True
    return chain.policy == "accept"


def _evidence(facts: Facts, bridge: Link, socket: ListeningSocket) -> str:
    names = ", ".join(daemon.name for daemon in facts.daemons if daemon.pid in socket.pids) or "somebody"
    on = socket.address or "all addresses"
    return f"{names} listens on {on}, {socket.protocol} port {socket.port}; no rule keeps {bridge.ifname} from it"


def _drop(bridge: Link, guests: list[str], socket: ListeningSocket) -> str:
    """Return nft's commands that drop what guests send to a port: at their ports, for an uplink may be beside them."""
    chain = f"bridge services bridge{bridge.index}"
    ports = ", ".join(f'"{ifname}"' for ifname in guests)
    return (
        f"add table bridge services; add chain {chain} {{ type filter hook input priority 0; }}; "
        f"add rule {chain} iifname {{ {ports} }} {socket.protocol} dport {socket.port} drop"
    )


CHECK = Check(
    "host-services",
    "services of the host may be reached from a segment",
    "Guests may talk to what was meant for administrators only.",
    "RFC 1122, 3.3.4.2 (the weak host model); ss(8)",
    _findings,
    needs=frozenset({"sockets", "nft", "legacy", "guests"}),
)
