"""Conntrack zones of segments."""

from __future__ import annotations

from netproof.firewall.tracking import zones

MANY = [f"s{number}" for number in range(3000)]


def test_every_segment_has_a_zone_of_its_own_whatever_the_order() -> None:
    """Names that come to the same number are told apart, the same way in every run; zone 0 is nobody's."""
    found = zones("demo", MANY)
    assert len(set(found.values())) == len(MANY)
    assert set(found.values()) <= set(range(1, 65536))
    assert found == zones("demo", reversed(MANY))
    assert sum(zones("demo", [name])[name] != found[name] for name in MANY) > 0  # some did collide


def test_zone_of_a_segment_does_not_follow_from_others() -> None:
    """A segment that comes later changes no zone, unless it wants the same one."""
    assert zones("demo", ["red"])["red"] == zones("demo", ["red", "blue", "dmz"])["red"]
