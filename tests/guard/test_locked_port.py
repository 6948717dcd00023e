"""What holds a MAC when every rule is gone."""

from __future__ import annotations

import pytest

from guard.frames import FRAMES, OWN, V4, Frame, ether, ip4
from guard.scene import ALL, Scene, context
from netproof.attachments.veth import ATTACHMENT
from netproof.state.bridging import FdbEntry, Port
from shell import run

pytestmark = pytest.mark.needs("netns", "nft", "bridge")

SPOOFED = tuple(f for f in FRAMES if f.items == {"mac"})


def join(scene: Scene, guard: frozenset[str]) -> None:
    """Give port p1 the flags and FDB entries that the attachment asks for."""
    for thing in ATTACHMENT.objects(context(guard)):
        match thing:
            case Port(learning=learning, locked=locked):
                flags = ("learning", "on" if learning else "off", "locked", "on" if locked else "off")
                run("bridge", "-n", scene.host, "link", "set", "dev", "p1", *flags)
            case FdbEntry(mac=mac, sticky=True):
                run("bridge", "-n", scene.host, "fdb", "replace", mac, "dev", "p1", "master", "static", "sticky")


def test_locked_port_holds_the_mac_after_a_flush(scene: Scene) -> None:
    """With no rule left the port's own frames pass, and none with another's MAC or an unknown one."""
    join(scene, ALL)
    scene.load()
    assert scene.passed() == sorted(f.name for f in FRAMES if f not in SPOOFED)


def test_port_whose_mac_is_not_guarded_passes_any(scene: Scene) -> None:
    """With `mac: off` any source passes, and is learned."""
    join(scene, ALL - {"mac"})
    scene.load()
    assert scene.passed() == sorted(f.name for f in FRAMES)
    assert "02:00:00:00:00:99 dev p1" in run("bridge", "-n", scene.host, "fdb", "show")


def test_sticky_entry_stays_where_another_port_claims_its_mac(scene: Scene) -> None:
    """A frame from the other port with the endpoint's MAC moves nothing."""
    join(scene, ALL)
    scene.send_from_victim(Frame("taken over", frozenset(), ether(ip4(), V4, src=OWN)))
    assert scene.passed(FRAMES[:1]) == [FRAMES[0].name]
    entries = run("bridge", "-n", scene.host, "fdb", "show").splitlines()
    assert {e.split()[2] for e in entries if e.startswith(OWN)} == {"p1"}  # one for each VLAN, where there are any
