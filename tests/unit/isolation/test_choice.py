"""Which methods isolate a segment."""

from __future__ import annotations

import pytest

from netproof.errors import CannotError
from netproof.isolation.choice import SECOND, choose, left_open, methods
from netproof.isolation.method import ALL_WAYS, OTHER_WAYS

KERNEL = frozenset({"nft-netdev", "nft-bridge", "tc-bpf"})


def names(declared: tuple[str, ...], capabilities: frozenset[str]) -> list[str]:
    return [chosen.method.name for chosen in choose("dmz", declared, capabilities).chosen]


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        (set(), ["ingress", "tc-ingress"]),
        ({"nft-netdev"}, ["bridge-filter", "tc-ingress"]),
        ({"nft-netdev", "nft-bridge"}, ["tc-ingress"]),
        ({"tc-bpf"}, ["ingress"]),
    ],
)
def test_auto_takes_the_first_of_each_family_that_the_kernel_has(lacking: set[str], expected: list[str]) -> None:
    """One method of nftables and one that is not; where a family has none, the other alone, and a note."""
    assert names(("auto",), KERNEL - lacking) == expected
    assert bool(choose("dmz", ("auto",), KERNEL - lacking).notes) == (len(expected) == 1)


def test_auto_with_gact_instead_of_bpf_takes_tc_ingress() -> None:
    """Either way to drop in traffic control is enough."""
    assert names(("auto",), frozenset({"nft-netdev", "tc-gact"})) == ["ingress", "tc-ingress"]


def test_auto_never_takes_what_leaves_a_way_open() -> None:
    """Whatever `auto` may take closes every way."""
    assert left_open(("auto",)) == frozenset()
    for capabilities in (KERNEL, KERNEL - {"nft-netdev"}, KERNEL - {"tc-bpf"}, frozenset({"tc-gact"})):
        assert not [m for m in names(("auto",), capabilities) if methods()[m].leaves_open]


def test_auto_on_a_kernel_with_nothing_is_refused() -> None:
    """A segment that cannot be isolated is not built open."""
    with pytest.raises(CannotError, match="finds no method"):
        choose("dmz", ("auto",), frozenset())


def test_second_method_on_a_kernel_with_vlan_filtering_gives_no_false_reason() -> None:
    """The plan says that VLAN filtering is missing only where it is."""
    assert SECOND[0] == "vlan-filtering"
    said = [c.why for c in choose("dmz", ("auto",), KERNEL | {"vlan-filtering"}).chosen]
    assert "isolation auto: second method; this kernel has no VLAN filtering" not in said
    assert "isolation auto: second method; this kernel has no VLAN filtering" in [
        c.why for c in choose("dmz", ("auto",), KERNEL).chosen
    ]


def test_auto_prefers_vlan_filtering_where_the_kernel_has_it() -> None:
    """It comes before the filter of traffic control, and is enough where there is nothing else."""
    assert names(("auto",), KERNEL | {"vlan-filtering"}) == ["ingress", "vlan-filtering"]
    assert names(("auto",), frozenset({"vlan-filtering"})) == ["vlan-filtering"]


def test_auto_spares_the_tags_that_an_endpoint_may_send() -> None:
    """A filtering bridge would drop them: the next method is taken, and the plan says why."""
    _, second = choose("dmz", ("auto",), KERNEL | {"vlan-filtering"}, tags=True).chosen
    assert second.method.name == "tc-ingress"
    assert second.why == "isolation auto: second method; vlan-filtering would drop the tags that an endpoint may send"


def test_vlan_filtering_is_refused_by_a_kernel_that_lacks_it() -> None:
    """The message names segment, method and what the kernel was built without."""
    with pytest.raises(CannotError, match=r'"dmz".*"vlan-filtering" needs VLAN filtering of bridges \(CONFIG'):
        choose("dmz", ("vlan-filtering",), KERNEL)


def test_list_is_taken_at_its_word() -> None:
    """A list is neither completed nor shortened, and its order does not matter."""
    assert (
        names(("rp-filter", "ingress"), KERNEL) == names(("ingress", "rp-filter"), KERNEL) == ["ingress", "rp-filter"]
    )
    assert names(("none",), KERNEL) == []


def test_list_that_leaves_a_way_open_is_noted_for_the_plan() -> None:
    """By name; of IP and ARP not where the host is the segment's gateway, which has rules of its own."""
    [note] = choose("dmz", ("rp-filter", "disable-ipv6"), KERNEL).notes
    assert note.startswith('segment "dmz": isolation rp-filter, disable-ipv6 leaves open arp-probe/ipv4, ethertype-to')
    assert choose("dmz", ("rp-filter", "ingress"), KERNEL).notes == ()
    [note] = choose("dmz", ("arp-ignore",), KERNEL, gateway=True).notes
    assert "leaves open ethertype-to-host/l2;" in note
    assert choose("dmz", ("arp-ignore", "ingress"), KERNEL, gateway=True).notes == ()


def test_listed_method_that_the_kernel_lacks_is_refused_by_name() -> None:
    """The message names segment, method and what is missing."""
    with pytest.raises(CannotError, match=r'"dmz".*"bridge-filter" needs nftables in family bridge'):
        choose("dmz", ("bridge-filter",), frozenset({"nft-netdev"}))


def test_methods_close_what_any_of_them_closes() -> None:
    """A way is open only if every method leaves it open."""
    assert left_open(("rp-filter", "disable-ipv6")) == OTHER_WAYS | {"arp-probe/ipv4", "udp-unspecified/ipv4"}
    assert left_open(("rp-filter", "ingress")) == frozenset()
    assert left_open(("none",)) == ALL_WAYS


def test_methods_that_close_a_part_close_all_together() -> None:
    """IP kept out in the raw hook, and no answer in ARP: alone each leaves ways open; no other protocol is theirs."""
    assert left_open(("raw-drop",)) == OTHER_WAYS | {"arp-who-has/ipv4", "arp-probe/ipv4"}
    assert left_open(("raw-drop", "no-arp")) == left_open(("raw-drop", "arp-ignore")) == OTHER_WAYS
    assert left_open(("raw-drop", "arp-filter")) == OTHER_WAYS | {"arp-probe/ipv4"}
    assert left_open(("no-arp", "arp-ignore", "disable-ipv6")) >= {"neigh-right-mac/ipv4", "udp-one-way/ipv4"}
