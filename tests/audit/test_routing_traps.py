"""Traps of addresses and routes, by packets: open on the sick host, closed by the shown command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.driver import HERE, found, inside, mend, set_up
from audit.packets import arping, counter, frames, ping
from shell import eventually, run

pytestmark = pytest.mark.needs("netns", "bridge", "nft", "ping", "arping")

Make = Callable[[str], str]


def _address(netns: str, ifname: str, *addresses: str) -> None:
    run("ip", "-n", netns, "link", "set", ifname, "up")
    for address in addresses:
        run("ip", "-n", netns, "addr", "add", address, "dev", ifname)


def test_address_of_another_link_is_answered_for(make_netns: Make) -> None:
    """A link's own address goes on being answered for."""
    host, other = set_up(HERE / "arp_for_others" / "sick_service_address.sh", make_netns)
    _address(other, "eth0", "192.0.2.2/24")
    assert eventually(lambda: arping(other, "eth0", "192.0.2.80"))
    mend(host, found(host, "arp_for_others"))
    assert not arping(other, "eth0", "192.0.2.80")
    assert arping(other, "eth0", "192.0.2.1")


def test_host_answers_itself_for_a_neighbour_in_the_prefix_on_lo(make_netns: Make) -> None:
    """Nobody has that address."""
    host, _ = set_up(HERE / "lo_prefix" / "sick.sh", make_netns)
    assert ping(host, "198.51.100.77")
    mend(host, found(host, "lo_prefix"))
    assert not ping(host, "198.51.100.77")


def test_neighbour_sends_through_a_host_that_routes_nothing(make_netns: Make) -> None:
    """It comes back by the link on which it came."""
    host, other = set_up(HERE / "forwarding_unused" / "sick.sh", make_netns)
    _address(other, "eth0", "203.0.113.2/24")
    run("ip", "-n", other, "route", "add", "192.0.2.0/24", "via", "203.0.113.1")

    def forwarded() -> bool:
        before = counter(host, "snmp", "Ip", "ForwDatagrams")
        ping(other, "192.0.2.9")
        return counter(host, "snmp", "Ip", "ForwDatagrams") > before

    assert eventually(forwarded)
    mend(host, found(host, "forwarding_unused"))
    assert not forwarded()


def test_answer_to_what_a_mark_sent_is_dropped_by_strict_urpf(make_netns: Make) -> None:
    """It comes in by the very link by which the question went."""
    host, other = set_up(HERE / "rp_filter_policy_routing" / "sick.sh", make_netns)
    _address(other, "eth0", "203.0.113.2/24")
    _address(other, "eth1", "198.51.100.2/24")
    _address(other, "lo", "192.0.2.7/32")
    asked = ("-m", "1", "192.0.2.7")
    assert not ping(host, *asked)
    assert frames(host, "eth1") > 0
    mend(host, found(host, "rp_filter_policy_routing"))
    assert eventually(lambda: ping(host, *asked))


def test_sender_of_the_other_network_is_believed(make_netns: Make) -> None:
    """The host takes an echo request that says it is from behind its other uplink."""
    host, other = set_up(HERE / "rp_filter_off" / "sick.sh", make_netns)
    _address(other, "eth1", "198.51.100.2/24")
    _address(other, "lo", "203.0.113.77/32")

    def believed() -> bool:
        before = counter(host, "snmp", "Icmp", "InEchos")
        ping(other, "-I", "203.0.113.77", "198.51.100.1")
        return counter(host, "snmp", "Icmp", "InEchos") > before

    assert eventually(believed)
    mend(host, found(host, "rp_filter_off"))
    assert not believed()
    assert ping(other, "-I", "198.51.100.2", "198.51.100.1")


def test_answer_leaves_by_another_nic_than_the_question_came_by(make_netns: Make) -> None:
    """After the shown command it goes back by its own; who asks is nowhere near."""
    host, other = set_up(HERE / "reply_by_other_nic" / "sick.sh", make_netns)
    _address(other, "eth0", "203.0.113.2/24")
    _address(other, "eth1", "198.51.100.2/24")
    _address(other, "lo", "192.0.2.7/32")
    asked = ("-I", "192.0.2.7", "198.51.100.1")

    def by_its_own_nic() -> bool:
        before = frames(host, "eth1", "tx")
        assert inside(other, "ping", "-c20", "-i0.01", *asked).returncode == 0
        return frames(host, "eth1", "tx") - before >= 15

    assert eventually(lambda: ping(other, *asked))
    assert not by_its_own_nic()
    mend(host, found(host, "reply_by_other_nic"))
    assert by_its_own_nic()
