"""VXLAN devices and neighbours as other people's tools see them, and what is theirs or the kernel's on them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from kernel.bench import Bench
from kernel.cases import NIC, VXLAN
from netproof.errors import KernelError
from netproof.state.links import Link
from netproof.state.namespace import Namespace
from netproof.state.object import HOME
from netproof.state.tunnels import ALL_ZERO, Neighbour, RemoteEntry, Vxlan
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge")

MAC = "02:00:00:00:00:55"
ENTRY = RemoteEntry(HOME, "vx", MAC, "203.0.113.2")


def fdb(linux: Bench, *words: str) -> None:
    run("bridge", "-n", linux.home, "fdb", *words)


def listed(linux: Bench) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("bridge", "-n", linux.home, "-j", "fdb", "show", "dev", "vx"))
    return found


def test_refusal_of_a_vni_says_where_its_holder_may_be(linux: Bench) -> None:
    """One that is in a namespace which lost its name, and lives by a process in it, is nowhere to be read."""
    annex = f"{linux.guest}@h"
    linux.create(Namespace(annex), replace(VXLAN, netns=annex))
    inside = ("ip", "netns", "exec", annex, "sh", "-c", "echo; exec sleep 60")
    with subprocess.Popen(inside, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # it is in there
            linux.delete(Namespace(annex))
            linux.create(Namespace(annex))
            with pytest.raises(KernelError, match=r"already exists; it was made here .*`lsns -t net`"):
                linux.create(replace(VXLAN, netns=annex))
        finally:
            process.kill()


def test_device_is_seen_by_ip_as_it_was_declared(linux: Bench) -> None:
    """Its MAC, df, checksums and mark, down; nothing learned, nothing proxied."""
    linux.create(*NIC, replace(VXLAN, remote_group="239.1.1.1", underlay="nic0", ttl=5))
    [vx] = json.loads(run("ip", "-n", linux.home, "-d", "-j", "link", "show", "vx"))
    assert (vx["ifalias"], vx["address"], "UP" in vx["flags"]) == ("netproof:demo:vx", VXLAN.mac, False)
    data = vx["linkinfo"]["info_data"]
    told = {"id": 100, "local": "203.0.113.1", "port": 4789, "df": "set", "group": "239.1.1.1", "link": "nic0"}
    assert {key: data[key] for key in told} == told
    assert (data["learning"], data["ttl"]) == (False, 5)
    assert (data["udp_zero_csum6_tx"], data["udp_zero_csum6_rx"]) == (False, True)


def test_entries_are_seen_by_bridge_as_they_were_declared(linux: Bench) -> None:
    """Permanent, on the device itself, the flood list in several."""
    flood = [RemoteEntry(HOME, "vx", ALL_ZERO, f"203.0.113.{i}") for i in (2, 3)]
    linux.create(VXLAN, *flood, ENTRY)
    seen = {(e["mac"], e["dst"], e["state"], tuple(e["flags"])) for e in listed(linux)}  # type: ignore[arg-type]
    assert seen == {(e.mac, e.vtep, "permanent", ("self",)) for e in (*flood, ENTRY)}


def test_neighbour_is_seen_by_ip_as_ours(linux: Bench) -> None:
    """Permanent, with our protocol number; also on a foreign link."""
    linux.create(*NIC, Neighbour(HOME, "nic0", "203.0.113.7", MAC))
    [seen] = json.loads(run("ip", "-n", linux.home, "-j", "neigh", "show", "dev", "nic0"))
    assert (seen["dst"], seen["lladdr"], seen["state"], seen["protocol"]) == ("203.0.113.7", MAC, ["PERMANENT"], "110")


def test_what_the_device_learned_gives_way(linux: Bench) -> None:
    """A learned MAC is no part of a state, and its place is taken by a declared one."""
    linux.create(VXLAN)
    fdb(linux, "add", MAC, "dev", "vx", "dst", "203.0.113.9", "dynamic", "self")
    assert not linux.has(ENTRY)
    linux.create(ENTRY)
    [entry] = listed(linux)
    assert (entry["dst"], entry["state"]) == ("203.0.113.2", "permanent")


def test_what_the_kernel_found_out_of_a_neighbour_gives_way(linux: Bench) -> None:
    """A dynamic entry is no part of a state; a permanent one of another's is, and stands in the way."""
    ours, other = Neighbour(HOME, "nic0", "203.0.113.7", MAC), Neighbour(HOME, "nic0", "203.0.113.8", MAC)
    linux.create(*NIC)
    run("ip", "-n", linux.home, "neigh", "add", ours.address, "lladdr", "02:00:00:00:00:66", "dev", "nic0")
    run("ip", "-n", linux.home, "neigh", "change", ours.address, "dev", "nic0", "nud", "stale")
    run("ip", "-n", linux.home, "neigh", "add", other.address, "lladdr", "02:00:00:00:00:66", "dev", "nic0")
    linux.create(ours)
    assert linux.has(ours)
    with pytest.raises(KernelError, match=r"neighbour 203\.0\.113\.8"):
        linux.create(other)
    foreign = replace(other, mac="02:00:00:00:00:66")
    reading = linux.read()
    assert reading.state[other.key] == foreign
    assert other.key not in reading.marked


def test_what_is_others_on_the_device_is_no_part_of_a_state(linux: Bench) -> None:
    """What the kernel floods to by itself, what leads to another VNI or port, what a routing daemon learned."""
    linux.create(*NIC, replace(VXLAN, remote_group="239.1.1.1", underlay="nic0"))
    fdb(linux, "append", ALL_ZERO, "dev", "vx", "dst", "203.0.113.2", "vni", "7")
    fdb(linux, "append", ALL_ZERO, "dev", "vx", "dst", "203.0.113.3", "port", "7")
    fdb(linux, "add", MAC, "dev", "vx", "dst", "203.0.113.2", "extern_learn")
    assert len(listed(linux)) == 4
    assert not [o for o in linux.read().state.values() if isinstance(o, RemoteEntry)]


def test_entry_of_anothers_making_stands_in_the_way(linux: Bench) -> None:
    """A MAC that leads to another VNI is not ours to turn round, and the error names the entry."""
    linux.create(VXLAN)
    fdb(linux, "add", MAC, "dev", "vx", "dst", "203.0.113.2", "vni", "7")
    with pytest.raises(KernelError, match=f"create fdb {MAC} dev vx"):
        linux.create(ENTRY)
    [entry] = listed(linux)
    assert entry["vni"] == 7


def test_second_device_of_a_vni_is_refused_in_the_kernels_words(linux: Bench) -> None:
    """They say why."""
    linux.create(VXLAN)
    with pytest.raises(KernelError, match="VXLAN device with the specified VNI already exists"):
        linux.create(replace(VXLAN, ifname="vy"))


@pytest.mark.parametrize("words", [("external",), ("l2miss",), ("rsc",)])
def test_device_of_a_sort_that_we_never_make_is_just_a_link(linux: Bench, words: tuple[str, ...]) -> None:
    """One with flags that we lack does not satisfy what is declared without them."""
    vni = () if words == ("external",) else ("id", "100", "local", "203.0.113.1")
    run("ip", "-n", linux.home, "link", "add", "vx", "type", "vxlan", *vni, "dstport", "4789", *words)
    assert linux.read().state[VXLAN.key] == Link(HOME, "vx", "vxlan")


def test_group_that_changes_is_joined_at_once(linux: Bench) -> None:
    """In place, of a device that is up: the new one is joined, the old one left."""
    over = replace(VXLAN, remote_group="239.1.1.1", underlay="nic0")
    linux.create(*NIC, over)
    run("ip", "-n", linux.home, "link", "set", "vx", "up")
    linux.replace(over, replace(over, remote_group="239.1.1.2"))
    joined = run("ip", "-n", linux.home, "maddr", "show", "dev", "nic0")
    assert "239.1.1.2" in joined
    assert "239.1.1.1" not in joined


def test_device_whose_df_was_switched_off_differs(linux: Bench) -> None:
    """Somebody lets the underlay fragment: that is drift, and put right in place."""
    linux.create(VXLAN)
    run("ip", "-n", linux.home, "link", "set", "vx", "type", "vxlan", "id", "100", "df", "unset")
    found = linux.read().state[VXLAN.key]
    assert isinstance(found, Vxlan)
    assert found == replace(VXLAN, df=False)
    linux.replace(found, VXLAN)
    assert linux.has(VXLAN)
