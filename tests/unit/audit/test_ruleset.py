"""What a ruleset surely drops, and what it perhaps does."""

from __future__ import annotations

from typing import Any

import pytest

from netproof.audit.matches import STRANGER
from netproof.audit.ruleset import surely_drops
from netproof.state.facts import NftChain, NftRule, NftRuleset

PACKET = {
    "iifname": "eth0",
    "protocol": "ip",
    "l4proto": "udp",
    "udp dport": 4789,
    "saddr": STRANGER,
    "ct state": "new",
}
DROP: dict[str, Any] = {"drop": None}
ACCEPT: dict[str, Any] = {"accept": None}


def _match(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def _field(protocol: str, field: str) -> dict[str, Any]:
    return {"payload": {"protocol": protocol, "field": field}}


def _meta(key: str) -> dict[str, Any]:
    return {"meta": {"key": key}}


def _drops(*rules: list[dict[str, Any]], policy: str = "accept", other: tuple[list[dict[str, Any]], ...] = ()) -> bool:
    base = NftChain("inet", "t", "base", _rules(rules), "filter", "input", 0, policy)
    ruleset = NftRuleset(
        (base, NftChain("inet", "t", "other", _rules(other))),
        {("inet", "t", "friends"): ("10.0.0.1", {"prefix": {"addr": "10.1.0.0", "len": 16}})},
    )
    return surely_drops(ruleset, base, PACKET)


def _rules(rules: tuple[list[dict[str, Any]], ...]) -> tuple[NftRule, ...]:
    return tuple(NftRule(n, tuple(statements)) for n, statements in enumerate(rules))


PORT = _match(_field("udp", "dport"), 4789)
FOREIGN = _match(_field("ip", "saddr"), "@friends", "!=")


@pytest.mark.parametrize(
    "rules",
    [
        [[DROP]],
        [[{"counter": {}}, {"log": None}, DROP]],
        [[{"reject": {"type": "icmp", "expr": "port-unreachable"}}]],
        [[{"reject": None}]],
        [[PORT, FOREIGN, DROP]],
        [[_match(_field("th", "dport"), {"set": [53, {"range": [4000, 5000]}]}), DROP]],
        [[_match(_meta("iifname"), "eth*"), DROP]],
        [[_match(_meta("l4proto"), 17), DROP]],
        [[_match(_meta("nfproto"), "ipv4"), DROP]],
        [[_match(_field("udp", "sport"), 5), DROP], [DROP]],
        [[_match(_field("tcp", "dport"), 22), ACCEPT], [DROP]],
        [[_match({"ct": {"key": "state"}}, ["established", "related"], "in"), ACCEPT], [DROP]],
        [[_match(_field("ip6", "saddr"), "2001:db8::1"), ACCEPT], [DROP]],
        [[_match(_field("ip", "saddr"), {"set": ["10.0.0.1", {"range": ["10.0.0.5", "10.0.0.9"]}]}), ACCEPT], [DROP]],
        [[{"vmap": {"key": _field("udp", "dport"), "data": {"set": [[53, ACCEPT], [4789, DROP]]}}}]],
        [[{"jump": {"target": "other"}}]],
        [[{"goto": {"target": "other"}}]],
    ],
)
def test_packet_is_surely_dropped(rules: list[list[dict[str, Any]]]) -> None:
    """By rules that are for it beyond doubt, after others that surely are not."""
    assert _drops(*rules, other=([DROP],))


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [[ACCEPT], [DROP]],
        [[_match(_field("udp", "sport"), 5), DROP]],
        [[_match(_field("udp", "sport"), 5), ACCEPT], [DROP]],
        [[{"limit": {"rate": 5}}, DROP]],
        [[{"limit": {"rate": 5}}, ACCEPT], [DROP]],
        [[_match(_field("ip", "saddr"), "@friends"), DROP]],
        [[_match(_field("ip", "saddr"), {"prefix": {"addr": "::", "len": 0}}), ACCEPT], [DROP]],
        [[_match(_field("ip6", "saddr"), "@friends", "!="), DROP]],
        [[{"reject": {"type": "icmpv6", "expr": "port-unreachable"}}]],
        [[_match({"concat": [_field("ip", "saddr")]}, {"set": []}, "!="), DROP]],
        [[_match(_field("udp", "dport"), 4789, ">"), DROP]],
        [[{"vmap": {"key": _field("udp", "dport"), "data": {"set": [[53, DROP]]}}}]],
        [[{"vmap": {"key": _field("udp", "sport"), "data": {"set": [[53, ACCEPT], [54, DROP]]}}}], [DROP]],
        [[{"queue": None}], [DROP]],
        [[{"jump": {"target": "other"}}], [{"jump": {"target": "nowhere"}}]],
    ],
)
def test_packet_that_may_pass_is_not_called_dropped(rules: list[list[dict[str, Any]]]) -> None:
    """Whatever is not understood, or depends on what is not known, may let it pass."""
    assert not _drops(*rules, other=([PORT, {"return": None}], [DROP]))


def test_policy_decides_about_what_reaches_the_end() -> None:
    """Unless somebody may have been accepted before."""
    assert _drops(policy="drop")
    assert _drops([{"goto": {"target": "other"}}], policy="drop")
    assert not _drops([_match(_field("udp", "sport"), 5), ACCEPT], policy="drop")


def test_chain_that_leads_to_itself_is_walked_to_an_end() -> None:
    """No kernel has one, and no audit hangs in one."""
    assert not _drops([{"jump": {"target": "other"}}], other=([{"jump": {"target": "other"}}],))
