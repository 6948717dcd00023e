"""Tags: those in a frame's bytes and those beside it, and what they carry when they may pass."""

from __future__ import annotations

import pytest

from guard.frames import ARP, FRAMES, OTHER, OTHER4, OTHER6, V4, V6, Frame, arp, ether, ip4, ip6, nd, option
from guard.scene import ALL, Scene, chains_of
from guard.tagging import push_tags

pytestmark = pytest.mark.needs("netns", "nft")

UNTAGGED = tuple(f for f in FRAMES if "tag" not in f.name)
HONEST = sorted(f.name for f in FRAMES if not f.items)
TAG = ((0x8100, 5),)


def lie(name: str, kind: int, payload: bytes, src: str = "") -> Frame:
    """A tagged frame with a lie in it."""
    data = ether(payload, kind, src=src, tags=TAG) if src else ether(payload, kind, tags=TAG)
    return Frame(name, frozenset(), data + name.rjust(8).encode()[-8:])


LIES = (
    lie("tag, ip", V4, ip4(src=OTHER4)),
    lie("tag, ipv6", V6, ip6(b"", src=OTHER6)),
    lie("tag, arp", ARP, arp(spa=OTHER4)),
    lie("tag, na", V6, ip6(nd(136, OTHER6, option(2, OTHER)))),
    lie("tag, mac", V4, ip4(), src=OTHER),
    lie("tag, lldp", 0x88CC, bytes(40)),
)


def test_one_tag_with_vlan_off_passes_but_guards_what_it_carries(scene: Scene) -> None:
    """With `vlan: off` every other item looks behind the one tag that may pass."""
    scene.load()
    assert len(scene.passed(LIES)) == len(LIES) + 1
    scene.load(*chains_of(ALL - {"vlan"}))
    assert scene.passed(LIES) == [FRAMES[0].name]


@pytest.mark.parametrize("tag_type", [0x8100, 0x88A8])
@pytest.mark.parametrize("vid", [0, 5])
def test_tag_beside_the_frame_is_stopped_as_one_within(scene: Scene, tag_type: int, vid: int) -> None:
    """A tag that travels beside the bytes, priority tags included, passes an open port and no guarded one."""
    probes = tuple(f for f in UNTAGGED if not f.items)
    scene.load()
    push_tags(scene.guest, "g1", tag_type, vid)
    assert scene.passed(probes) == HONEST
    scene.load(*chains_of(ALL))
    assert scene.stopped(probes)


def test_tag_beside_the_frame_with_vlan_off_guards_what_it_carries(scene: Scene) -> None:
    """With `vlan: off` honest frames pass under such a tag, lies do not, and no second tag does."""
    push_tags(scene.guest, "g1", 0x8100, 5)
    scene.load(*chains_of(ALL - {"vlan"}))
    assert scene.passed(FRAMES) == HONEST
