"""FDB entries by the thousand: blocks of messages, dumps of many datagrams, and entries asked for by name."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kernel.bench import SITE, Bench
from kernel.cases import BRIDGE, VXLAN, VXLAN6
from netproof.change.kernel import Scope
from netproof.errors import KernelError
from netproof.kernel import fdbs
from netproof.kernel.channel import Channel, Part
from netproof.kernel.netlink import Request
from netproof.state.bridging import FdbEntry, Port
from netproof.state.hoststate import HostState
from netproof.state.links import Up
from netproof.state.object import HOME
from netproof.state.tunnels import ALL_ZERO, RemoteEntry, Vxlan
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge")

FLOOD = [RemoteEntry(HOME, "vx", ALL_ZERO, f"203.0.113.{i}") for i in range(2, 9)]


def entries(count: int, vtep: str = "203.0.113.", device: str = "vx") -> list[RemoteEntry]:
    return [
        RemoteEntry(HOME, device, f"02:00:00:{i >> 16:02x}:{i >> 8 & 255:02x}:{i & 255:02x}", f"{vtep}{i % 7 + 2}")
        for i in range(count)
    ]


def remotes(state: HostState) -> set[RemoteEntry]:
    return set(state.of(RemoteEntry))


def listed(linux: Bench) -> set[tuple[str, str]]:
    said = json.loads(run("bridge", "-n", linux.home, "-j", "fdb", "show"))
    return {(e["mac"], e["dst"]) for e in said if "dst" in e}


@pytest.mark.parametrize(("device", "vtep"), [(VXLAN, "203.0.113."), (VXLAN6, "2001:db8::")], ids=["ipv4", "ipv6"])
def test_thousands_are_written_read_and_deleted(linux: Bench, device: Vxlan, vtep: str) -> None:
    """Both families, looked for or not; `bridge` sees the same."""
    made = [*(replace(e, vtep=f"{vtep}{i}") for i, e in enumerate(FLOOD, 2)), *entries(3000, vtep)]
    linux.create(device, *made)
    assert listed(linux) == {(e.mac, e.vtep) for e in made}
    for scope in (Scope(SITE), Scope.of(SITE, HostState(made)), Scope.of(SITE, HostState(made[::2]))):
        assert remotes(linux.kernel.read(scope).state) == set(made)
    linux.delete(*made[:-5])
    assert remotes(linux.kernel.read(Scope.of(SITE, HostState(made))).state) == set(made[-5:])


def test_entry_behind_another_vtep_is_told_as_it_is(linux: Bench) -> None:
    """What is looked for and differs is not taken for what is wanted."""
    made = entries(1000)
    linux.create(VXLAN, *made)
    wanted = HostState([replace(e, vtep="203.0.113.77") if i % 2 else e for i, e in enumerate(made)])
    assert remotes(linux.kernel.read(Scope.of(SITE, wanted)).state) == set(made)


def test_entries_of_two_families_may_be_looked_for(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is made anew for the other family: of what was and what is wanted, only that is told."""
    monkeypatch.setattr(fdbs, "MANY", 100)
    made, wanted = entries(200), [replace(e, mac=f"06{e.mac[2:]}", vtep="2001:db8::7") for e in entries(200)]
    linux.create(VXLAN, *made)
    scope = Scope.of(SITE, HostState([*made, *wanted]))
    for by_name in (True, False):
        assert remotes(linux.kernel.read(replace(scope, by_name=by_name)).state) == set(made)


def test_entry_of_anothers_sort_is_not_taken_for_ours(linux: Bench) -> None:
    """The same MAC and VTEP, but with a VNI of its own: no part of a state, also where it is looked for."""
    linux.create(VXLAN)
    [entry] = entries(1)
    run("bridge", "-n", linux.home, "fdb", "add", entry.mac, "dev", "vx", "dst", entry.vtep, "vni", "7")
    assert not remotes(linux.kernel.read(Scope.of(SITE, HostState([entry]))).state)


def test_thousands_move_to_another_vtep_in_place(linux: Bench) -> None:
    """A MAC is behind one VTEP, and is never nowhere."""
    made = entries(300)
    linux.create(VXLAN, *made)
    for before in made:
        linux.replace(before, replace(before, vtep="203.0.113.99"))
    assert {e.vtep for e in remotes(linux.read().state)} == {"203.0.113.99"}


@pytest.mark.parametrize("place", [0, 5, 127, 128, 299])
def test_entry_that_is_refused_stops_what_is_behind_it(linux: Bench, place: int) -> None:
    """Those before it are written, it and those behind are not: wherever in a block it stands, or alone."""
    made = entries(300)
    linux.create(VXLAN)
    other = made[place]
    run("bridge", "-n", linux.home, "fdb", "add", other.mac, "dev", "vx", "dst", "203.0.113.200")
    with pytest.raises(KernelError, match=f"create {other.describe()}"):
        linux.create(*made)
    assert listed(linux) == {(e.mac, e.vtep) for e in made[:place]} | {(other.mac, "203.0.113.200")}


def test_deletion_that_is_refused_stops_what_is_behind_it(linux: Bench) -> None:
    """As for creations: what was deleted behind it is there again."""
    made = entries(300)
    linux.create(VXLAN, *made)
    linux.delete(made[200])
    with pytest.raises(KernelError, match=f"delete {made[200].describe()}"):
        linux.delete(*made)
    assert remotes(linux.read().state) == set(made[201:])


def test_what_was_learned_gives_way_among_thousands(linux: Bench) -> None:
    """A block refuses it; it is then turned by itself, and all are written."""
    made = entries(300)
    linux.create(VXLAN)
    for learned in made[10:290:40]:
        run("bridge", "-n", linux.home, "fdb", "add", learned.mac, "dev", "vx", "dst", "203.0.113.200", "dynamic")
    linux.create(*made)
    assert remotes(linux.read().state) == set(made)


def test_entries_asked_for_by_name_are_those_that_are_there(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absent ones, ones behind another VTEP and the flood list are told truly, and the bridge's own table is read."""
    monkeypatch.setattr(fdbs, "MANY", 100)
    made, small = entries(500), replace(VXLAN, ifname="small", vni=7)
    port, at_port = Port(HOME, "nic0", "br0"), FdbEntry(HOME, "nic0", "02:00:00:00:00:55")
    there = [*FLOOD, *made[:400]]
    elsewhere = entries(3, device="small")
    linux.create(BRIDGE, VXLAN, small, Up(HOME, "vx"), port, Port(HOME, "vx", "br0"), at_port, *there, *elsewhere)
    wanted = HostState([*FLOOD, *(replace(e, vtep="203.0.113.77") for e in made[:10]), *made[10:], *elsewhere])
    state = linux.kernel.read(replace(Scope.of(SITE, wanted), by_name=True)).state
    assert remotes(state) == {*there, *elsewhere}
    assert state[at_port.key] == at_port


def test_flood_list_that_is_not_there_is_not_told_by_name(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of it, or another one."""
    monkeypatch.setattr(fdbs, "MANY", 100)
    made = entries(200)
    linux.create(VXLAN, *made)
    scope = replace(Scope.of(SITE, HostState([*FLOOD, *made])), by_name=True)
    assert remotes(linux.kernel.read(scope).state) == set(made)
    other = RemoteEntry(HOME, "vx", ALL_ZERO, "203.0.113.200")
    linux.create(other)
    assert remotes(linux.kernel.read(scope).state) == {*made, other}


def test_dump_that_was_disturbed_is_done_again(linux: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dump misses entries while a table changes, and does not say so: somebody else's change is noticed."""
    made = entries(2000)
    linux.create(VXLAN, *made)
    whole, dumps = Channel.dump_parts, []

    def torn_at_first(channel: Channel, request: Request, what: str) -> list[Part]:
        parts = whole(channel, request, what)
        if what != "the FDB":
            return parts
        dumps.append(len(parts))
        if len(dumps) > 1:
            return parts
        run("bridge", "-n", linux.home, "fdb", "add", "02:00:00:00:ff:ff", "dev", "vx", "dst", "203.0.113.2")
        return parts[:-1]

    monkeypatch.setattr(Channel, "dump_parts", torn_at_first)
    assert set(made) < remotes(linux.read().state)
    assert dumps[0] > 1
