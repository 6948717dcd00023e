"""From a site to a host's state: what does not matter, what is told, what is refused."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netproof.compiler.compile import compile_host
from netproof.errors import CannotError, InputError, UsageError
from netproof.site.model import Site
from netproof.site.nodes import DeclaredRoute, Host, Isolated, Nic, PhysicalNetwork
from netproof.site.opened import opened
from netproof.site.policy import PolicyLine, Traffic
from netproof.state.filters import IngressDrop, NftChain
from netproof.state.kinds import RANK, rank
from netproof.state.layer3 import Rule
from netproof.state.links import Bridge, Up
from netproof.state.object import Key
from unit.compiler.sites import KERNEL, SITE, at, compiled, isolated_by


def shuffled(site: Site, random: Random) -> Site:
    def mixed(things):
        return tuple(random.sample(things := list(things), len(things)))

    def mapping(things):
        return dict(mixed(things.items()))

    hosts = {
        name: replace(
            host,
            nics=mixed(replace(nic, addresses=mixed(nic.addresses)) for nic in host.nics),
            routes=mixed(host.routes),
            rules=mixed(host.rules),
        )
        for name, host in site.hosts.items()
    }
    endpoints = {name: replace(e, addresses=mixed(e.addresses)) for name, e in site.endpoints.items()}
    return replace(
        site,
        networks=mapping(site.networks),
        hosts=mapping(hosts),
        segments=mapping(site.segments),
        endpoints=mapping(endpoints),
    )


@given(st.randoms(use_true_random=False))
def test_order_in_the_file_does_not_matter(random: Random) -> None:
    """However the file is ordered, state, reasons and notes are the same."""
    assert compiled(shuffled(SITE, random)) == compiled()


def test_every_object_has_a_reason() -> None:
    """Nothing is done on a host for which a plan could not say why."""
    made = compiled()
    assert made.reasons.keys() == made.state.keys()
    assert all(made.reasons.values())


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (("link", "", "demo-dmz"), "segment dmz  site.yaml:21"),
        (("address", "", "eth1", "192.168.14.1/24"), "hv1.eth1  site.yaml:12"),
        (("port", "", "eth2"), "uplink of dmz  site.yaml:22"),
        (("link", "", "demo-vm1"), "endpoint vm1  site.yaml:31"),
        (("route", "", "254", "10.8.0.0/16", "0"), "route of hv1  site.yaml:14"),
        (("nft-chain", "", "netdev", "netproof-demo", "guard-vm1"), "guard of vm1  site.yaml:31"),
        (
            ("ingress-drop", "", "demo-dmz"),
            "isolation auto: second method; this kernel has no VLAN filtering  site.yaml:23",
        ),
        (
            ("nft-table", "", "netdev", "netproof-demo"),
            "isolation auto: ingress; isolation of dmz: no IP in link-local groups; guards of app, db, vm1, vm2"
            "  site.yaml:23,31,32,33,…",
        ),
        (("nft-table", "", "bridge", "netproof-demo"), "isolation: bridge-filter  site.yaml:26"),
        (
            ("nft-chain", "", "netdev", "netproof-demo", "linklocal-eth2"),
            "isolation of dmz: no IP in link-local groups  site.yaml:23",
        ),
        (("nft-table", "", "inet", "netproof-demo"), "forwarding barriers of dmz, inner  site.yaml:21,25"),
    ],
)
def test_reason_names_the_declaration_and_its_place(key: Key, reason: str) -> None:
    """A reason is words and places; what several declarations want names them all."""
    assert compiled().reasons[key] == reason


def test_what_an_object_needs_is_in_the_state_or_the_hosts_own() -> None:
    """Every key that an object needs is provided by one of an earlier kind, but for the host's NICs."""
    state = compiled().state
    nics = {("link", "", nic.name) for nic in SITE.hosts["hv1"].nics}
    ranks = {key: rank(thing) for thing in state.values() for key in thing.provides()}
    for thing in state.values():
        assert all(need in nics or ranks[need] < rank(thing) for need in thing.needs()), thing


def test_port_with_a_guard_comes_up_after_it() -> None:
    """The kinds' order alone makes every guard and every isolation stand before its link is up."""
    assert all(RANK[kind] < RANK[Up] for kind in (NftChain, IngressDrop))


def test_forward_false_turns_nothing_off() -> None:
    """A host that does not forward is left as it is: others may need it."""
    assert not [key for key in compiled().state if "forward" in key[-1] and key[0] == "sysctl"]


def test_opened_site_has_no_rule_at_all() -> None:
    """The copy that gives controls lets everything through: no chain, no filter, no locked port, and it forwards."""
    state = compiled(opened(SITE)).state
    assert not {"nft-table", "nft-chain", "ingress-drop", "fdb"} & {key[0] for key in state}
    assert ("sysctl", "", "net/ipv4/ip_forward") in state
    assert not [port for port in state.values() if getattr(port, "locked", False)]


def test_forwarding_host_keeps_the_barrier_of_an_isolated_segment() -> None:
    """A host may route for others: an isolated segment is still none of them; one that is open on purpose is."""
    routing = replace(isolated_by("none"), hosts={"hv1": replace(SITE.hosts["hv1"], forward=True)})
    chain = compiled(routing).state["nft-chain", "", "inet", "netproof-demo", "forward"]
    assert isinstance(chain, NftChain)
    assert {word for rule in chain.rules for word in rule.split() if word.startswith('"')} == {'"demo-inner"'}


def test_host_that_does_not_forward_keeps_the_barrier_of_an_open_segment() -> None:
    """Somebody else may turn forwarding on: what the site does not forward is dropped by name, isolated or not."""
    chain = compiled(isolated_by("none")).state["nft-chain", "", "inet", "netproof-demo", "forward"]
    assert isinstance(chain, NftChain)
    assert 'iifname "demo-dmz" oifname != "demo-dmz" drop' in chain.rules


def test_rule_of_both_families_is_two() -> None:
    """A rule that nothing binds to a family stands in both."""
    assert sorted(r.family for r in compiled().state.of(Rule) if r.priority == 5000) == ["ipv4", "ipv6"]


def test_note_tells_where_there_is_no_second_method() -> None:
    """On a kernel with nftables alone the plan says what that means."""
    [note] = compiled(capabilities=KERNEL - {"tc-bpf"}).notes
    assert note.startswith('segment "dmz": isolation auto has only ingress')
    assert compiled().notes == ()


def test_unknown_host_is_refused_with_the_known_ones() -> None:
    """A host that the site lacks is the operator's error."""
    with pytest.raises(UsageError, match='no host "hv9"; did you mean "hv1"'):
        compile_host(SITE, "hv9", KERNEL, lambda e: e.name)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("nft-netdev", "CONFIG_NF_TABLES_NETDEV"),
        ("nft-bridge", "bridge-filter"),
        ("nft-inet", "CONFIG_NF_TABLES_INET"),
        ("locked-port", "locked bridge ports"),
    ],
)
def test_kernel_without_a_feature_is_refused_by_name(lacking: str, words: str) -> None:
    """What the site needs and the kernel lacks is named; nothing is left out in silence."""
    with pytest.raises(CannotError, match=words):
        compiled(capabilities=KERNEL - {lacking})


def test_isolated_nic_on_a_kernel_without_ipv6_routes_for_a_source_is_refused() -> None:
    """Its IPv6 addresses need them; IPv4 has a rule instead."""
    nic = Nic("eth1", "red", (ip_interface("192.168.14.10/24"),), isolated=Isolated(22, 6001))
    able = KERNEL - {"ipv6-subtrees"}

    def of(nic: Nic) -> Site:
        return Site("demo", networks={"red": PhysicalNetwork("red")}, hosts={"hv1": Host("hv1", (nic,))})

    assert compiled(of(nic), able).state.of(Rule)
    with pytest.raises(CannotError, match="CONFIG_IPV6_SUBTREES"):
        compiled(of(replace(nic, addresses=(ip_interface("2001:db8::1/64"),))), able)


POLICED = replace(SITE, policy=(PolicyLine(("vm1",), ("vm2",), (Traffic("all"),), allow=False),))


def test_policy_on_a_kernel_that_tracks_no_bridged_connections_is_refused() -> None:
    """It is enough that one of the two ways is there."""
    with pytest.raises(CannotError, match="nf_conntrack_bridge, or modprobe br_netfilter"):
        compiled(POLICED, KERNEL - {"bridge-nf-call"})
    assert compiled(POLICED, KERNEL - {"bridge-nf-call"} | {"bridge-conntrack"}).state.of(NftChain)


@pytest.mark.parametrize(
    ("capability", "calls"), [("bridge-nf-call", [True, False]), ("bridge-conntrack", [False, False])]
)
def test_only_a_policed_bridge_hands_on_its_frames_and_only_if_it_must(capability: str, calls: list[bool]) -> None:
    """`dmz` has a line that denies, `inner` has none; every segment has a zone, for tracking is the whole host's."""
    state = compiled(POLICED, KERNEL | {capability}).state
    assert [bridge.nf_call for bridge in sorted(state.of(Bridge), key=lambda b: b.ifname)] == calls
    [zones] = [chain for chain in state.of(NftChain) if chain.name == "zones"]
    assert all(name in zones.rules[-1] for name in (("demo-dmz", "demo-inner") if calls[0] else ("eth2", "demo-app")))


def test_isolation_that_stops_what_is_tracked_is_refused_beside_a_policy() -> None:
    """Only where connections are tracked in the IP families: there members would not reach each other."""
    segments = {"dmz": replace(SITE.segments["dmz"], isolation=("raw-drop",))}
    site = replace(POLICED, segments={**SITE.segments, **segments})
    with pytest.raises(CannotError, match='"dmz": isolation method "raw-drop" would stop members'):
        compiled(site)
    assert compiled(site, KERNEL | {"bridge-conntrack"})
    assert compiled(replace(site, policy=()))


def test_policy_that_denies_nothing_leaves_nothing() -> None:
    """Members reach each other as it is."""
    allowing = PolicyLine(("vm1",), ("vm2",), (Traffic("all"),), allow=True)
    elsewhere = PolicyLine(("vm1",), ("app",), (Traffic("all"),), allow=False)
    assert compiled(replace(SITE, policy=(allowing, elsewhere))).state == compiled().state


def test_route_that_leads_nowhere_is_refused_at_its_place() -> None:
    """A next hop on no declared network gives no device."""
    lost = DeclaredRoute(ip_network("10.1.0.0/16"), ip_address("172.16.0.1"), place=at(16))
    host = replace(SITE.hosts["hv1"], routes=(lost,))
    with pytest.raises(InputError, match=r"site.yaml:16:3: route to 10.1.0.0/16 via 172.16.0.1"):
        compiled(replace(SITE, hosts={"hv1": host}))
