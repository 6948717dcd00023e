"""Who meets through a gateway or at its host, as whom, and what holds where no line decides."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from netproof.proof.crossings import answered, crossings, encounters, pairs, turned
from netproof.proof.gateways import is_opened
from netproof.proof.parties import Spot, Way, stands
from netproof.proof.policies import ICMP, TCP, UDP, Meeting, Opening
from netproof.proof.untried import untried
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic, PhysicalNetwork, Station
from netproof.site.policy import PolicyLine, Selector, Traffic
from netproof.site.segments import Gateway, Segment

CLOUD = ip_network("203.0.113.0/24")


def faces(*addresses: str) -> tuple:
    """Return interface addresses."""
    return tuple(map(ip_interface, addresses))


def site(*policy: PolicyLine) -> Site:
    """Two hosts on a network with a station and a router; `in` has NAT, `data` has none, `blue` is on both hosts."""
    hosts = {
        "h": Host(
            "h",
            (
                Nic("eth0", "lan", faces("192.0.2.1/24", "2001:db8::1/64"), (ip_address("192.0.2.254"),)),
                Nic("eth1", "infra", faces("198.51.100.1/24")),
            ),
        ),
        "k": Host("k", (Nic("eth0", "lan", faces("192.0.2.2/24")),)),
    }
    stations = {
        "cam": Station("cam", (Nic("eth0", "lan", faces("192.0.2.3/24", "2001:db8::3/64", "172.16.0.3/24")),)),
        "pdu": Station("pdu", (Nic("eth0", "infra", faces("198.51.100.3/24")),)),
        "gw": Station("gw", (Nic("eth0", "lan", faces("192.0.2.254/24")), Nic("eth1", "far", faces("203.0.113.9/24")))),
    }
    segments = {
        "in": Segment("in", gateway=Gateway(("h",), faces("10.0.0.254/24", "fd00::fe/64"), nat="eth0")),
        "data": Segment("data", gateway=Gateway(("h",), faces("10.1.0.254/24"))),
        "blue": Segment("blue", gateway=Gateway(("h", "k"), faces("10.2.0.254/24"))),
        "shut": Segment("shut"),
    }
    where = {
        "app": ("h", "in", "10.0.0.1/24", "fd00::1/64"),
        "db": ("h", "data", "10.1.0.1/24"),
        "near": ("h", "blue", "10.2.0.1/24"),
        "away": ("k", "blue", "10.2.0.2/24"),
        "sealed": ("h", "shut", "10.3.0.1/24"),
    }
    endpoints = {n: Endpoint(n, h, s, "02:00:00:00:00:01", faces(*a)) for n, (h, s, *a) in where.items()}
    networks = {n: PhysicalNetwork(n) for n in ("lan", "infra", "far")}
    return Site("x", "", networks, hosts, stations, segments, endpoints, policy)


def line(from_: Selector, to: Selector, *traffic: Traffic, allow: bool = True) -> PolicyLine:
    """Return a line of one selector on each side."""
    return PolicyLine((from_,), (to,), traffic or (Traffic("all"),), allow)


def met(from_: str, to: str, *policy: PolicyLine, family: str = "ipv4") -> list[Meeting]:
    """Return the crossings of two, IPv4 if not said otherwise."""
    return list(crossings(site(*policy), from_, to, family))


WEB, PING = Opening(TCP, 80), Opening(ICMP)


@pytest.mark.parametrize(
    ("from_", "to", "targets", "seen", "passes"),
    [
        ("app", "db", ["10.1.0.1"], ["10.0.0.1"], False),
        ("app", "cam", ["192.0.2.3"], ["192.0.2.1"], True),
        ("app", "gw", ["192.0.2.254", "203.0.113.9"], ["192.0.2.1"] * 2, True),
        ("app", "pdu", ["198.51.100.3"], ["10.0.0.1"], False),
        ("db", "cam", ["192.0.2.3"], ["10.1.0.1"], False),
        ("gw", "app", ["10.0.0.1"] * 2, ["192.0.2.254", "203.0.113.9"], False),
        ("app", "k", ["192.0.2.2"], ["192.0.2.1"], False),
        ("app", "sealed", [], [], False),
        ("sealed", "h", [], [], False),
        ("cam", "h", [], [], False),
        ("h", "app", [], [], False),
    ],
)
def test_two_who_meet_by_routing_are_seen_as_routing_leaves_them(
    from_: str, to: str, targets: list[str], seen: list[str], passes: bool
) -> None:
    """What NAT lets out bears the address of its NIC, and passes without a line; nothing else does."""
    found = met(from_, to)
    assert [str(m.target) for m in found] == targets
    assert [str(m.seen) for m in found] == seen
    assert {m.may(WEB) for m in found} <= {passes}


def test_host_is_asked_at_all_its_addresses_and_answers_pings_to_the_own_gateway_only() -> None:
    """Of its NICs, of the gateway and of others; where no line says more or less."""
    found = met("app", "h")
    assert {str(m.target) for m in found} == {"10.0.0.254", "192.0.2.1", "198.51.100.1", "10.1.0.254", "10.2.0.254"}
    assert {str(m.target) for m in found if m.may(PING)} == {"10.0.0.254"}
    assert not any(m.may(WEB) for m in found)
    assert {m.its.spot for m in found} == {Spot("h", "ipv4 stack")}
    denied = met("app", "h", line("any", "h", allow=False))
    assert not any(m.may(PING) for m in denied)


@pytest.mark.parametrize("selector", ["any", ip_network("192.0.2.0/24")])
def test_line_that_does_not_name_a_host_opens_none(selector: Selector) -> None:
    """Neither `any` nor a prefix means a managed host."""
    for host in ("h", "k"):
        assert not any(m.may(WEB) for m in met("app", host, line("app", selector)))
        assert all(m.may(WEB) for m in met("app", host, line("app", host)))


def test_line_opens_and_narrows_what_is_routed() -> None:
    """The first that speaks of both decides, by name, segment, prefix and for anybody."""
    for to in ("db", "data", "any"):
        assert all(m.may(WEB) for m in met("app", "db", line("in", to)))
    assert not any(m.may(WEB) for m in met("db", "app", line("in", "data")))
    narrowed = met("app", "gw", line("app", CLOUD, allow=False))
    assert {str(m.target): m.may(WEB) for m in narrowed} == {"192.0.2.254": True, "203.0.113.9": False}


def test_answer_that_another_host_routes_is_not_expected() -> None:
    """It knows nothing of the start: what is denied is tried all the same."""
    policy = (line("app", "blue"),)
    assert [m.gate.answers for m in met("app", "near", *policy) if m.gate] == [True]
    assert [m.gate.answers for m in met("app", "away", *policy) if m.gate] == [False]
    assert not list(answered(site(*policy), "app", "away", "ipv4"))
    assert "another host" in " ".join(untried(site(line("app", "away"))))


def test_turned_meeting_is_that_of_the_other_direction() -> None:
    """Through the same gateway, without the NAT of the way out; what a host starts is nobody's business."""
    whole = site(line("app", "cam", allow=False), line("cam", "app", Traffic(TCP, 80, 80)))
    [out] = crossings(whole, "app", "cam", "ipv4")
    back = turned(whole, out)
    assert (back.mine, back.its, back.source, back.target) == (out.its, out.mine, out.target, out.source)
    assert back.seen == back.source and back.may(WEB) and not out.may(WEB)
    [at_host] = (m for m in crossings(whole, "app", "h", "ipv4") if m.may(PING))
    assert not turned(whole, at_host).may(PING)


def test_pairs_are_those_that_a_line_means_and_something_joins() -> None:
    """Both ways, but from no host; of two stations none."""
    whole = site(line("app", "db"), line("db", "h"), line("cam", "app"), line("cam", "pdu"), line("app", "sealed"))
    assert set(pairs(whole)) == {
        *(("app", "db"), ("db", "app"), ("db", "h"), ("cam", "app"), ("app", "cam")),
    }
    for a, b in pairs(whole):
        assert any(m for f in ("ipv4", "ipv6") for m in encounters(whole, a, b, f))


def test_what_a_line_opens_is_not_claimed_closed() -> None:
    """For that traffic, from there, at that address."""
    whole = site(line("app", "h", Traffic(UDP, 1, 100)))
    way, target = Way(stands(whole, "app")[0], "h"), ip_address("192.0.2.1")
    assert is_opened(whole, way, "h", target, Opening(UDP, 53))
    assert not is_opened(whole, way, "h", target, Opening(UDP, 101))
    assert not is_opened(whole, way, "h", target, PING)
    assert not is_opened(whole, Way(stands(whole, "db")[0], "h"), "h", target, Opening(UDP, 53))


@pytest.mark.parametrize(
    ("from_", "to", "allow", "told"),
    [
        ("app", "db", True, ""),
        ("app", "cam", True, ""),
        ("app", "h", True, ""),
        ("app", "k", True, ""),
        ("h", "app", True, ""),
        ("app", CLOUD, False, ""),
        ("app", ip_network("198.18.0.0/24"), True, "nobody"),
        ("app", ip_network("198.18.0.0/24"), False, "nobody"),
        ("db", ip_network("198.18.0.0/24"), False, ""),
        ("app", "sealed", True, "no gateway"),
        ("app", "sealed", False, ""),
        ("cam", "h", True, "no gateway"),
        ("app", "away", True, "another host"),
    ],
)
def test_line_of_which_nothing_is_tried_is_told_with_the_reason(
    from_: Selector, to: Selector, allow: bool, told: str
) -> None:
    """What is tried is not told; nor is what would be denied without the line."""
    said = " ".join(untried(replace(site(), policy=(line(from_, to, allow=allow),))))
    assert told in said and bool(told) == bool(said)
