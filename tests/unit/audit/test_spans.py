"""Matches of nftables compared: what covers what, and what excludes what, said only where it is certain."""

from __future__ import annotations

from typing import Any

import pytest

from netproof.audit.spans import Match, read_match

PORT = {"payload": {"protocol": "tcp", "field": "dport"}}
SOURCE = {"payload": {"protocol": "ip", "field": "saddr"}}
LINK = {"meta": {"key": "iifname"}}
STATE = {"ct": {"key": "state"}}
FLAGS = {"payload": {"protocol": "tcp", "field": "flags"}}


def _is(left: Any, right: Any, op: str = "==") -> Match:
    return read_match({"op": op, "left": left, "right": right})


def _net(address: str, length: int) -> dict[str, Any]:
    return {"prefix": {"addr": address, "len": length}}


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (_is(PORT, {"set": [22, 80]}), _is(PORT, 80)),
        (_is(PORT, {"range": [1, 1023]}), _is(PORT, {"set": [22, {"range": [80, 90]}]})),
        (_is(SOURCE, _net("192.0.2.0", 24)), _is(SOURCE, "192.0.2.7")),
        (_is(SOURCE, _net("192.0.0.0", 16)), _is(SOURCE, _net("192.0.2.0", 24))),
        (_is(LINK, "eth*"), _is(LINK, "eth0")),
        (_is(LINK, "lo", "!="), _is(LINK, "eth0")),
        (_is(STATE, ["established", "related"], "in"), _is(STATE, "established", "in")),
        (_is(FLAGS, ["syn", "ack"], "in"), _is(FLAGS, "syn", "in")),
        (_is(SOURCE, "@friends"), _is(SOURCE, "@friends")),
        (_is({"meta": {"key": "l4proto"}}, {"set": ["tcp", "udp"]}), _is({"meta": {"key": "l4proto"}}, 6)),
        (_is({"meta": {"key": "nfproto"}}, "ipv4"), _is({"meta": {"key": "protocol"}}, "ip")),
    ],
)
def test_wider_match_covers_the_narrower_and_not_the_reverse(wide: Match, narrow: Match) -> None:
    """Whatever passes the narrower passes the wider."""
    assert wide.covers(narrow)
    assert narrow.covers(wide) == (wide == narrow)
    assert not wide.excludes(narrow)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_is(PORT, {"set": [22, 80]}), _is(PORT, {"set": [443, 8080]})),
        (_is(PORT, {"range": [1, 79]}), _is(PORT, 80)),
        (_is(SOURCE, _net("192.0.2.0", 24)), _is(SOURCE, "198.51.100.7")),
        (_is(LINK, "eth*"), _is(LINK, "lo")),
        (_is(LINK, "lo", "!="), _is(LINK, "lo")),
        (_is(STATE, "invalid", "in"), _is(STATE, "new", "in")),
    ],
)
def test_matches_with_nothing_in_common_exclude_each_other(one: Match, other: Match) -> None:
    """In both directions; neither covers the other."""
    assert one.excludes(other)
    assert other.excludes(one)
    assert not one.covers(other)
    assert not other.covers(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_is(SOURCE, "@friends"), _is(SOURCE, "192.0.2.7")),
        (_is(SOURCE, "@friends"), _is(SOURCE, "@foes")),
        (_is(FLAGS, "syn", "in"), _is(FLAGS, "ack", "in")),
        (_is(PORT, 80), _is(SOURCE, "192.0.2.7")),
        (_is(PORT, 80, "!="), _is(PORT, 22, "!=")),
        (_is(PORT, 80, ">"), _is(PORT, 90)),
        (_is({"numgen": {"mode": "random", "mod": 2}}, 0), _is({"numgen": {"mode": "random", "mod": 2}}, 0)),
        (_is(LINK, "eth*"), _is(LINK, "et*")),
    ],
)
def test_what_is_not_certain_is_not_said(one: Match, other: Match) -> None:
    """Sets by name, bits that go together, other fields, comparisons by size, dice."""
    assert not one.covers(other)
    assert not one.excludes(other)
    assert not other.excludes(one)
