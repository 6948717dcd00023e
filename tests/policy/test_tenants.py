"""Two segments with the same addresses on one host: what is tracked in one means nothing in the other."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from policy.scene import Scene, datagram, frame, heard, ip4, v4, v6

pytestmark = pytest.mark.needs("netns", "ip", "nft")

UDP, MORE_FRAGMENTS = 17, 0x2000


@pytest.fixture
def both(tenants: Scene) -> Scene:
    """In both segments db starts nothing; only in red web may start something."""
    tenants.apply(
        "from: web, to: db, allow: udp/5000",
        "from: red, to: red, deny: all",
        "from: blue, to: blue, deny: all",
    )
    return tenants


def in_one_zone(scene: Scene) -> str:
    """Let the two segments be one to conntrack, and connections enough for a reply; return the family that tracks."""
    name = f"netproof-{scene.site}"
    family = "bridge" if "ct zone" in scene.nft(f"list table bridge {name}") else "inet"
    scene.nft(f"flush chain {family} {name} zones", f"add rule {family} {name} zones ct zone set 1")
    scene.nft(
        f"flush chain {family} {name} marks",
        f"add rule {family} {name} marks ct direction reply meta mark set 0x10000000",
        f"flush chain bridge {name} replies",
    )
    return family


@pytest.mark.parametrize("of", [v4, v6])
def test_flow_of_one_tenant_opens_nothing_in_the_other(both: Scene, of: Callable[[str], str]) -> None:
    """The reverse five-tuple of red's flow, started in blue, comes out only where both are of one zone."""
    web, db = both.udp("web", 4000, of("web")), both.udp("db", 5000, of("db"))
    web2, db2 = both.udp("web2", 4000, of("web2")), both.udp("db2", 5000, of("db2"))
    assert both.passes(web, db)
    assert both.passes(db, web)
    assert not both.passes(db2, web2)
    in_one_zone(both)
    assert both.passes(web, db)
    assert both.passes(db2, web2)


def crossing(scene: Scene, ident: int) -> bool:
    """Send the begin of a datagram in red and its end in blue, and say whether a db hears them as one."""
    token, red, blue = os.urandom(8), scene.wire("web"), scene.wire("web2")
    whole = datagram(4000, 5000, token * 3)
    head = ip4(v4("web"), v4("db"), UDP, whole[:16], fragment=MORE_FRAGMENTS, ident=ident)
    tail = ip4(v4("web2"), v4("db2"), UDP, whole[16:], fragment=2, ident=ident)
    ears = [scene.wire(name) for name in ("db", "db2")]
    red.send(frame(scene.mac("web"), scene.mac("db"), head))
    blue.send(frame(scene.mac("web2"), scene.mac("db2"), tail))
    return any(heard(ear, token) for ear in ears)


def test_fragments_of_two_tenants_make_no_packet(tenants: Scene) -> None:
    """They do where both are of one zone in family inet: so does one who sets it behind where fragments are joined."""
    tenants.apply("from: db, to: web, deny: all", "from: db2, to: web2, deny: all")
    assert not crossing(tenants, 71)
    assert in_one_zone(tenants) == "bridge" or crossing(tenants, 72)
