"""Two ports made alike are told apart by whatever somebody lays on one of them.

::

    one ┐
        ├ br0      each a veth, the far end of which is in a namespace beside
    two ┘
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from contextlib import closing

import pytest

from netproof.errors import KernelError
from netproof.kernel import bpf
from netproof.kernel.channel import Channel
from netproof.kernel.likeness import spoken_of, unlike
from netproof.kernel.link import set_link
from netproof.kernel.netlink import nested, u32
from netproof.kernel.netns import entered
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")


@pytest.fixture
def home(make_netns: Callable[[str], str]) -> str:
    """A bridge with two ports."""
    home, guest = make_netns("home"), make_netns("guest")
    run("ip", "-n", home, "link", "add", "br0", "type", "bridge")
    run("ip", "-n", home, "link", "set", "br0", "up")
    for name in ("one", "two"):
        run("ip", "-n", home, "link", "add", name, "type", "veth", "peer", "name", name, "netns", guest)
        run("ip", "-n", home, "link", "set", name, "master", "br0", "up")
    return home


@pytest.mark.parametrize(
    ("wound", "told"),
    [
        ("ip -n {} address add 192.0.2.1/24 dev one", "addresses"),
        ("bridge -n {} link set dev one hairpin on", "settings as a port"),
        ("bridge -n {} link set dev one flood off", "settings as a port"),
        ("bridge -n {} fdb add 02:00:00:00:00:09 dev one master static", "FDB entries"),
        ("tc -n {} qdisc add dev one clsact", "queueing disciplines or filters"),
        ("tc -n {} qdisc add dev one ingress", "queueing disciplines or filters"),
    ],
)
def test_port_with_more_on_it_is_unlike_the_other(home: str, wound: str, told: str) -> None:
    """And as long as nobody touched either of them, they are alike."""
    assert unlike(home, "one", "two") == []
    run(*wound.format(home).split())
    assert told in unlike(home, "one", "two")
    assert told in unlike(home, "two", "one")


def test_port_in_another_vlan_is_unlike_the_other(home: str) -> None:
    """Where the kernel knows VLANs of bridges."""
    run("bridge", "-n", home, "vlan", "add", "dev", "one", "vid", "7", check=False)
    if "7" not in run("bridge", "-n", home, "vlan", "show", "dev", "one", check=False):
        pytest.skip("this kernel has no VLANs on bridges")
    assert unlike(home, "one", "two")[0] == "VLANs"  # an entry for the port's own MAC there comes by itself


def test_port_with_a_link_upon_it_is_unlike_the_other(home: str) -> None:
    """What bears a tag goes up that link, and never into the bridge."""
    run("ip", "-n", home, "link", "add", "link", "one", "name", "one.7", "type", "vlan", "id", "7", check=False)
    if "one.7" not in run("ip", "-n", home, "link"):
        pytest.skip("this kernel has no links for VLANs")
    assert unlike(home, "one", "two") == ["a link upon it"]


def loaded(kind: int) -> int:
    """Return the descriptor of a program of this kind that returns 2: what passes at XDP, what drops at tc."""
    code = ctypes.create_string_buffer(struct.pack("=BBhi", 0xB7, 0, 0, 2) + struct.pack("=BBhi", 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    wanted = struct.pack("=IIQQ", kind, 2, ctypes.addressof(code), ctypes.addressof(licence))
    try:
        return bpf._bpf(5, ctypes.create_string_buffer(wanted, 128))
    except OSError as error:
        pytest.skip(f"this kernel loads no such program: {error}")


def test_port_with_a_program_is_unlike_the_other(home: str) -> None:
    """A program at XDP, and one that needs no qdisc (tcx, 6.6)."""
    fds = loaded(6), loaded(3)
    with entered(home), closing(Channel.open()) as channel:
        refused = channel.send([set_link("one", nested(43, u32(1, fds[0])))])
        index = channel.ifindex("one")
        told = [] if refused else ["an XDP program"]
        assert unlike(home, "one", "two") == told
        try:
            bpf._bpf(8, ctypes.create_string_buffer(struct.pack("=IIII", index, fds[1], 46, 0), 128))
            told.append("a BPF program")
        except OSError as error:
            assert not told, error
    assert unlike(home, "one", "two") == told
    for fd in fds:
        os.close(fd)


def test_port_that_is_gone_is_told_in_a_sentence(home: str) -> None:
    """Somebody took it away meanwhile."""
    with pytest.raises(KernelError, match="compare three with two"):
        unlike(home, "three", "two")


def test_rules_speak_of_a_link_by_its_name_or_a_pattern(home: str) -> None:
    """Also of MACs and addresses, in sets as well; but for those of our own table, and of names that only begin so."""
    names = ("one", "02:00:00:00:00:01", "192.0.2.1", "2001:db8::1")
    rules = """
    table netdev mine { chain c { type filter hook ingress device "one" priority -2000; accept; }; }
    table inet other { chain c { ip saddr 192.0.2.10 iifname "one2" accept; ip saddr { 192.0.2.1, 192.0.2.7 } accept; }
    chain d { ip6 daddr 2001:db8::1 accept; }; }
    table bridge netproof-s { chain c { ether saddr 02:00:00:00:00:01 accept; }; }
    """
    run("ip", "netns", "exec", home, "nft", rules)
    assert spoken_of(home, "s", names) == ["one", "192.0.2.1", "2001:db8::1"]
    assert spoken_of(home, "t", names) == list(names)
    run("ip", "netns", "exec", home, "nft", 'flush ruleset; table inet x { chain c { iifname "o*" accept; }; }')
    assert spoken_of(home, "s", names) == ["one"]
    run("ip", "netns", "exec", home, "nft", "flush ruleset")
    assert spoken_of(home, "s", names) == []
