"""VXLAN frames are taken from anybody.

Symptom: a machine that is no VTEP, anywhere from which a UDP packet gets here, puts frames into a segment; nothing
authenticates them. Cause: a VXLAN socket listens on all addresses of the host and asks for the VNI only; `remote` and
FDB entries say where to *send* (all kernels; RFC 7348, section 7). Which VTEPs there are is told by FDB entries; where
there are none, by the underlay's subnet. Forged sender addresses pass this too: only encryption stops them. A device
that was made in another namespace has its socket there, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding, listed
from netproof.audit.matches import STRANGER
from netproof.audit.ruleset import at_hook, surely_drops
from netproof.audit.vxlan import family, named, remote_entries, underlay
from netproof.state.facts import Facts, Link
from netproof.values.address import Family

_WORDS: dict[Family, str] = {"ipv4": "ip", "ipv6": "ip6"}


def _findings(facts: Facts) -> Iterator[Finding]:
    sockets: dict[tuple[int, Family], list[Link]] = {}
    for device in facts.of_kind("vxlan"):
        if device.is_up and device.lower_netns is None:
            sockets.setdefault((int(device.data["port"]), family(device)), []).append(device)
    for (port, of), devices in sockets.items():
        if open_ := [device for device in devices if not _guarded(facts, port, of, device)]:
            evidence = f"UDP {port} is taken from any source, for {listed(d.ifname for d in open_)}"
            yield Finding(f"{of}-udp-{port}", evidence, _guard(facts, port, of, devices))


def _guarded(facts: Facts, port: int, of: Family, device: Link) -> bool:
    """Say whether what a stranger sends to this device is surely dropped; a rule may be for its VNI only."""
    protocol = _WORDS[of]
    vni = {} if device.data.get("external") else {"@th,96,24": device.data["id"], "vxlan vni": device.data["id"]}
    packet = {**vni, "protocol": protocol, "l4proto": "udp", "udp dport": port, "saddr": STRANGER, "ct state": "new"}
    on_the_way = [
        *(c for hook in ("prerouting", "input") for c in at_hook(facts.nft, ["inet", protocol], hook)),
        *(c for c in at_hook(facts.nft, ["netdev", "inet"], "ingress") if _uplinks(facts) <= c.devices),
    ]
    return any(surely_drops(facts.nft, chain, packet) for chain in on_the_way)


def _uplinks(facts: Facts) -> frozenset[str]:
    """Return the links by which a packet can come in from outside: those with addresses, but loopback."""
    return frozenset(a.ifname for a in facts.addresses if not a.interface.is_loopback and a.ifname != "lo")


def _guard(facts: Facts, port: int, of: Family, devices: list[Link]) -> tuple[str, ...]:
    version = 6 if of == "ipv6" else 4
    known = {str(e.dst) for d in devices for e in remote_entries(facts, d)}
    known |= {str(remote) for d in devices if (remote := named(d, "remote")) is not None}
    if not known:
        below = {link.ifname for d in devices if (link := underlay(facts, d)) is not None}
        near = {str(a.interface.network) for name in below for a in facts.lasting(name, of)}
        known = near or {str(a.interface.network) for a in facts.addresses if a.interface.version == version}
    table = f"inet vteps-{port}-{of}"
    chain = "{ type filter hook prerouting priority -300; policy accept; }"
    foreign = f"{_WORDS[of]} saddr != {{ {', '.join(sorted(known))} }} " if known else ""
    rule = f"udp dport {port} {foreign}drop"
    return ("nft", f"add table {table}; add chain {table} vteps {chain}; add rule {table} vteps {rule}")


CHECK = Check(
    "vxlan-open",
    "VXLAN is taken from foreign VTEPs",
    "Anybody who can send a UDP packet to this host puts frames into its segments.",
    "RFC 7348, section 7",
    _findings,
    needs=frozenset({"nft", "fdb"}),
)
