"""The prover's reading of a policy: against an evaluation packet by packet, and case by case."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netproof.proof.policies import ICMP, SCTP, TCP, UDP, Opening, meetings, pairs, selects, turned
from netproof.site.endpoints import Endpoint
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.site.nodes import Host, Nic, PhysicalNetwork, Station
from netproof.site.policy import PolicyLine, Traffic
from netproof.site.segments import Segment, Uplink

EXAMPLE = Path(__file__).parents[3] / "examples" / "policy" / "site.yaml"
NODES = ("web", "db", "router")
SELECTORS = st.sampled_from(
    ["any", "web", "db", "s", "router", "h", ip_network("192.0.2.0/24"), ip_network("10.0.0.0/8")]
)
PORTS = st.integers(1, 12)


def site(*policy: PolicyLine, private: bool = False) -> Site:
    """Two endpoints and a router with two addresses on one segment."""
    endpoints = {
        n: Endpoint(n, "h", "s", "02:00:00:00:00:0" + k, (ip_interface(f"10.0.0.{k}/24"),))
        for n, k in (("web", "1"), ("db", "2"))
    }
    router = Station("router", (Nic("eth0", "n", (ip_interface("10.0.0.9/24"), ip_interface("192.0.2.9/24"))),))
    segment = Segment("s", (), (Uplink("h", "eth0"),), private=private)
    return Site(
        "x",
        "",
        {"n": PhysicalNetwork("n")},
        {"h": Host("h", (Nic("eth0", "n"),))},
        {"router": router},
        {"s": segment},
        endpoints,
        policy,
    )


@st.composite
def traffics(draw: st.DrawFn) -> Traffic:
    """Draw traffic over few ports, so that lines overlap."""
    protocol = draw(st.sampled_from(["all", ICMP, TCP, UDP]))
    if protocol in ("all", ICMP):
        return Traffic(protocol)
    first, last = sorted((draw(PORTS), draw(PORTS)))
    return Traffic(protocol, first, last)


LINES = st.builds(
    PolicyLine,
    st.lists(SELECTORS, min_size=1, max_size=2).map(tuple),
    st.lists(SELECTORS, min_size=1, max_size=2).map(tuple),
    st.lists(traffics(), min_size=1, max_size=2).map(tuple),
    st.booleans(),
)
POLICIES = st.lists(LINES, max_size=5)


def by_hand(policy: list[PolicyLine], source: tuple[str, str], target: tuple[str, str], opening: Opening) -> bool:
    """Decide one packet as the page says, in plain loops."""

    def means(selector: object, node: str, address: str) -> bool:
        inside = node in ("web", "db")
        if selector in ("any", node):
            return True
        return (
            inside
            if selector == "s"
            else not inside and not isinstance(selector, str) and ip_address(address) in selector
        )

    for line in policy:
        if not any(means(s, *source) for s in line.from_) or not any(means(s, *target) for s in line.to):
            continue
        for t in line.traffic:
            if t.protocol == "all" or (
                t.protocol == opening.protocol and (t.first is None or t.first <= opening.port <= t.last)
            ):
                return line.allow
    return True


@given(POLICIES)
def test_first_line_that_matches_decides(policy: list[PolicyLine]) -> None:
    """For every two members, every address and every traffic it says what a reading line by line says."""
    openings = [Opening(ICMP), *(Opening(p, n) for p in (TCP, UDP, SCTP) for n in range(1, 14))]
    whole = site(*policy)
    for a in NODES:
        for b in (n for n in NODES if n != a):
            for m in meetings(whole, a, b, "ipv4"):
                for o in openings:
                    assert m.may(o) == by_hand(policy, (a, str(m.source)), (b, str(m.target)), o)


@given(POLICIES, st.sampled_from([TCP, UDP]), PORTS, PORTS)
def test_range_is_shut_if_each_of_its_ports_is(policy: list[PolicyLine], protocol: str, low: int, more: int) -> None:
    """Only the edges of ranges are looked at, and nothing is missed between them."""
    for m in meetings(site(*policy), "web", "db", "ipv4"):
        every = not any(m.may(Opening(protocol, port)) for port in range(low, low + more + 1))
        assert m.may_none(protocol, low, low + more) == every


@given(POLICIES)
def test_what_is_named_is_either_allowed_or_denied_and_neighbours_are_denied(policy: list[PolicyLine]) -> None:
    """Allowed and denied share what lines name; what lies beside an open port is never open."""
    for m in meetings(site(*policy), "web", "db", "ipv4"):
        named = m.named(TCP, UDP, ICMP)
        assert set(m.allowed(TCP, UDP, ICMP)) | set(m.denied(TCP, UDP, ICMP)) == set(named)
        assert not set(m.allowed(TCP, UDP, ICMP)) & set(m.denied(TCP, UDP, ICMP))
        assert not any(m.may(o) for o in m.beside())
        assert all(m.decided(o) is not None for o in named)


@given(POLICIES)
def test_pairs_are_those_that_some_line_means(policy: list[PolicyLine]) -> None:
    """A pair without a line, either way, by any address, is none; and the other way round."""
    whole = site(*policy)
    found = set(pairs(whole))
    for a in NODES:
        for b in (n for n in NODES if n != a):
            spoken = any(m.lines or turned(whole, m).lines for m in meetings(whole, a, b, "ipv4"))
            assert not spoken or (a, b) in found
            assert ((b, a) in found) == ((a, b) in found)


def line(from_: str, to: str, *traffic: Traffic, allow: bool = False) -> PolicyLine:
    """Return a line of one selector on each side."""
    return PolicyLine((from_,), (to,), traffic or (Traffic("all"),), allow)


def test_ports_of_a_range_are_its_first_middle_and_last() -> None:
    """A range is tried at three ports, `all` as the range of every port."""
    (m,) = meetings(site(line("web", "db", Traffic(TCP, 10, 20)), line("web", "db")), "web", "db", "ipv4")
    assert [o.port for o in m.named(TCP)] == [1, 10, 15, 20, 32768, 65535]
    assert [o.port for o in m.named(UDP)] == [1, 32768, 65535]


def test_what_lies_beside_an_open_range_is_tried_where_it_is_shut() -> None:
    """One port below and above, but for those that another line opens, and those that are no ports."""
    opened = (line("web", "db", Traffic(TCP, 1, 5), allow=True), line("web", "db", Traffic(TCP, 6, 6), allow=True))
    (m,) = meetings(site(*opened, line("web", "db")), "web", "db", "ipv4")
    assert m.beside() == (Opening(TCP, 7),)
    (m,) = meetings(site(*opened), "web", "db", "ipv4")
    assert m.beside() == ()


def test_endpoint_is_its_port_and_a_station_its_addresses() -> None:
    """A link-local address is an endpoint's as any other, and only `any` means a station by one."""
    whole, link_local = site(), ip_address("fe80::1")
    assert selects(whole, "web", "web", link_local) and selects(whole, "s", "web", link_local)
    assert not selects(whole, "router", "router", link_local)
    assert selects(whole, "any", "router", link_local)
    assert selects(whole, "router", "router", ip_address("192.0.2.9"))
    assert not selects(whole, "s", "router", ip_address("10.0.0.9"))


def test_any_means_no_host_and_a_prefix_no_endpoint() -> None:
    """Hosts are meant by name only; what a prefix means lies outside all segments."""
    whole = site()
    assert not selects(whole, "any", "h", ip_address("10.0.0.1"))
    assert selects(whole, "h", "h", ip_address("10.0.0.1"))
    assert not selects(whole, ip_network("10.0.0.0/8"), "web", ip_address("10.0.0.1"))
    assert not selects(whole, ip_network("10.0.0.0/8"), "h", ip_address("10.0.0.1"))
    assert selects(whole, ip_network("10.0.0.0/8"), "router", ip_address("10.0.0.9"))


@pytest.mark.parametrize("allow", [True, False])
def test_line_opens_nothing_between_endpoints_of_a_private_segment(allow: bool) -> None:
    """Privacy is stronger than a line; a station is reached as ever."""
    whole = site(line("any", "any", allow=allow), private=True)
    assert not any(m.may(Opening(TCP, 80)) for m in meetings(whole, "web", "db", "ipv4"))
    assert all(m.may(Opening(TCP, 80)) == allow for m in meetings(whole, "web", "router", "ipv4"))


def test_two_stations_on_one_network_never_meet_under_a_policy() -> None:
    """No host lies between them."""
    whole = load_site(EXAMPLE)
    assert not list(meetings(whole, "client", "admin", "ipv4"))
    assert {"client", "admin"} not in [set(pair) for pair in pairs(whole)]


def test_site_without_policy_makes_no_pairs() -> None:
    """What no line speaks of is what reach and isolation are about."""
    assert not list(pairs(replace(load_site(EXAMPLE), policy=())))
