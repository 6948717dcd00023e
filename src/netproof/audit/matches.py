"""What a match of an nftables rule says of a packet of which only a little is known: yes, no, or perhaps (None)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from netproof.state.facts import NftChain, NftRuleset

Packet = Mapping[str, Any]
"""What is known of a packet: ``iifname``, ``oifname``, ``ibrname``, ``protocol`` (arp, ip, ip6), ``l4proto``,
``saddr``, ``ct state``, a field of a header as nft names it, ``udp dport``, or bits at an offset, ``@th,96,24``.
A frozenset of values says that it is none of these."""

STRANGER: Final = "stranger"
"""A source address that no set and no prefix holds, but the one that holds all."""

_META: Final = {"iif": "iifname", "ibriifname": "ibrname", "nfproto": "protocol"}
_PAYLOAD: Final = {
    "ether type": "protocol",
    "ip protocol": "l4proto",
    "ip6 nexthdr": "l4proto",
    "ip saddr": "saddr",
    "ip6 saddr": "saddr",
}
_SPELLINGS: Final[Mapping[Any, str]] = {"ipv4": "ip", "ipv6": "ip6", "ipv6-icmp": "icmpv6", 6: "tcp", 17: "udp"}
_LAYER3: Final = frozenset({"arp", "ip", "ip6"})
_LAYER3_OF: Final = {"icmp": "ip", "igmp": "ip", "icmpv6": "ip6"}
_LAYER4: Final = frozenset({"tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "igmp", "esp", "ah"})


def match_holds(ruleset: NftRuleset, chain: NftChain, match: Mapping[str, Any], packet: Packet) -> bool | None:
    """Say whether a comparison, of a rule in `chain`, holds of the packet; None: perhaps."""
    key = _key(match["left"], packet)
    if key == "":
        return False
    if key is None or key not in packet or match["op"] not in ("==", "!=", "in"):
        return None
    holds = _is_in(ruleset, chain, packet[key], match["right"])
    return not holds if match["op"] == "!=" and holds is not None else holds


def elements(ruleset: NftRuleset, chain: NftChain, named: Any) -> Iterable[Any]:
    """Return the elements of a list, a set that stands in a rule, or one that it names."""
    if isinstance(named, str):
        return ruleset.sets.get((chain.family, chain.table, named.removeprefix("@")), ())
    return named if isinstance(named, list) else named["set"]


def _key(left: Any, packet: Packet) -> str | None:
    """Name what a match looks at; "" if such a packet has no such field, None if that is not known."""
    if not isinstance(left, dict):
        return None
    if "meta" in left:
        key = str(left["meta"]["key"])
        return _META.get(key, key)
    if "ct" in left:
        return f"ct {left['ct']['key']}"
    return _field(left["payload"], packet) if "payload" in left else None


def _field(payload: Mapping[str, Any], packet: Packet) -> str:
    """Name a field of a header, or bits at an offset; "" if such a packet has no such header."""
    if "field" not in payload:
        return f"@{payload['base']},{payload['offset']},{payload['len']}"
    layer, field = payload["protocol"], payload["field"]
    implied = _LAYER3_OF.get(layer, layer)
    for layers, needed, known in ((_LAYER3, implied, packet.get("protocol")), (_LAYER4, layer, packet.get("l4proto"))):
        if known is not None and needed in layers and needed != known:
            return ""
    if layer == "th":
        layer = packet.get("l4proto", "th")
    return _PAYLOAD.get(f"{layer} {field}", f"{layer} {field}")


def _is_in(ruleset: NftRuleset, chain: NftChain, value: Any, right: Any) -> bool | None:
    if isinstance(right, list) or (isinstance(right, str) and right.startswith("@")):
        return _any(_is_in(ruleset, chain, value, one) for one in elements(ruleset, chain, right))
    if isinstance(right, dict):
        ((name, body),) = right.items()
        if name == "set":
            return _is_in(ruleset, chain, value, body)
        if name == "elem":
            return _is_in(ruleset, chain, value, body["val"])
        return _in_span(value, name, body)
    return _is(value, right)


def _is(value: Any, right: Any) -> bool | None:
    if isinstance(value, frozenset):
        return False if right in value else None
    if isinstance(value, str) and isinstance(right, str) and right.endswith("*"):
        return value.startswith(right[:-1])
    return bool(value == (_SPELLINGS.get(right, right) if isinstance(value, str) else right))


def _in_span(value: Any, name: str, body: Any) -> bool | None:
    """Say whether a value is in a prefix or range; of anything else nothing is known."""
    if name == "prefix" and body["len"] == 0:
        return True
    if name in ("prefix", "range") and value == STRANGER:
        return False
    if name == "range" and isinstance(value, int) and isinstance(body[0], int):
        return bool(body[0] <= value <= body[1])
    return None


def _any(answers: Iterable[bool | None]) -> bool | None:
    told = list(answers)
    return True if True in told else None if None in told else False
