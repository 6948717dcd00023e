"""An apply of very many FDB entries is read back by name, and what it deleted is seen to be gone."""

from __future__ import annotations

import pytest

from apply.test_walks import UNWATCHED, place_of
from apply.world import World
from netproof.apply.transaction import Wish, apply, planned
from netproof.change.step import Delete, Step
from netproof.errors import ApplyError
from netproof.kernel import fdbs
from netproof.kernel.linux import LinuxKernel
from netproof.state.hoststate import HostState
from netproof.state.object import HOME
from netproof.state.tunnels import RemoteEntry, Vxlan

pytestmark = pytest.mark.needs("netns", "ip", "nft")

DEVICE = Vxlan(HOME, "vx", "02:00:00:00:02:01", 100, "192.168.14.1")
ENTRIES = [RemoteEntry(HOME, "vx", f"02:00:00:00:{i >> 8:02x}:{i & 255:02x}", "192.168.14.2") for i in range(400)]


class Forgetful(LinuxKernel):
    """A kernel that does not delete one entry, without a word."""

    def perform(self, site: str, steps: list[Step]) -> None:  # type: ignore[override] # as it is called
        super().perform(site, [s for s in steps if not (isinstance(s, Delete) and s.key == ENTRIES[7].key)])


def test_deleted_entry_is_seen_to_be_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where entries are only looked for by name: one that stays is told, and all is undone."""
    monkeypatch.setattr(fdbs, "MANY", 100)
    all_of_them, less = (Wish(HostState([DEVICE, *some]), {}, b"") for some in (ENTRIES, ENTRIES[20:]))
    with LinuxKernel(world.home) as kernel:
        apply(place_of(world), kernel, all_of_them, UNWATCHED)
        assert not planned(place_of(world), kernel, all_of_them)
    with Forgetful(world.home) as kernel, pytest.raises(ApplyError, match=f"this differs: {ENTRIES[7].describe()}"):
        apply(place_of(world), kernel, less, UNWATCHED)
    with LinuxKernel(world.home) as kernel:
        assert not planned(place_of(world), kernel, all_of_them)
        apply(place_of(world), kernel, less, UNWATCHED)
        assert not planned(place_of(world), kernel, less)
