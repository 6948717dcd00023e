"""The guard of a port as text; that it holds is tried elsewhere with real frames."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

import pytest

from netproof.attachments.attachment import PortContext
from netproof.attachments.guarding import guard_chains, items
from netproof.attachments.veth import ATTACHMENT
from netproof.site.endpoints import GUARD_ITEMS
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import NftChain

V4, V6 = ip_interface("198.51.100.11/24"), ip_interface("2001:db8:51::11/64")
CONTEXT = PortContext(
    "demo",
    "vm1",
    "demo-vm1",
    "02:00:00:00:00:f1",
    "demo-dmz",
    "demo.vm1",
    "02:00:00:00:00:01",
    (V4, V6),
    1500,
    frozenset(GUARD_ITEMS),
)


def chains(**changed: object) -> list[NftChain]:
    return list(guard_chains(replace(CONTEXT, **changed)))


def rules(**changed: object) -> tuple[str, ...]:
    """Return the rules in the order in which a frame meets them."""
    common, own = chains(**changed)
    jump, *rest = own.rules
    assert jump == f"jump {common.name}"
    return (*common.rules, *rest)


def test_guard_of_a_port_holds_only_what_names_its_endpoint() -> None:
    """What is alike for all stands in one chain, the same for every port with the same items on."""
    vm2 = {"name": "vm2", "ifname": "demo-vm2", "mac": "02:00:00:00:00:02", "addresses": ()}
    (common, own), (common2, own2) = chains(), chains(**vm2)
    assert common == common2
    assert common.hook == ""
    assert set(own.rules) & set(own2.rules) == {f"jump {common.name}"}


def test_guards_with_other_items_share_other_chains() -> None:
    """The name of a common chain tells what is off, so that no two contents have one name."""
    alike = [frozenset(GUARD_ITEMS) - {item} for item in GUARD_ITEMS]
    found = [next(iter(chains(guard=guard))) for guard in [frozenset(GUARD_ITEMS), *alike]]
    assert len({c.name for c in found}) == len({c.rules for c in found}) > 5


def test_guard_items_are_those_of_the_site() -> None:
    """Every item that a site can switch has a file, and no other; tags are looked at first."""
    assert {item.name for item in items()} == set(GUARD_ITEMS)
    assert items()[0].name == "vlan"


def test_guard_only_ever_drops() -> None:
    """No rule accepts: none can let through what another item stops."""
    assert all(rule.endswith(" drop") for rule in rules())


def test_guard_without_addresses_lets_no_ip_through_but_link_local() -> None:
    """An endpoint that declares nothing may use nothing but its link-local, and ask by ARP from 0.0.0.0."""
    bare = rules(addresses=())
    assert "meta protocol ip drop" in bare
    assert "arp saddr ip != 0.0.0.0 drop" in bare
    assert "ip6 saddr != { ::, fe80::ff:fe00:1 } drop" in bare


def test_guard_with_no_item_is_none_at_all() -> None:
    """All items off is no guard: double tags pass then too."""
    assert chains(guard=frozenset()) == []


def test_guard_with_vlan_off_still_drops_double_tags() -> None:
    """The tag check stays, in the form that passes one tag."""
    assert rules(guard=frozenset(GUARD_ITEMS) - {"vlan"})[:2] == (
        "ether type 8021ad drop",
        "meta protocol { 8021q, 8021ad, 0x9100 } drop",
    )


@pytest.mark.parametrize("item", GUARD_ITEMS)
def test_guard_item_adds_rules(item: str) -> None:
    """Every item that is on says something."""
    always = {"ether type 8021ad drop", "meta protocol { 8021q, 8021ad, 0x9100 } drop"}
    assert set(rules(guard=frozenset({item}))) - always


@pytest.mark.parametrize("held", [True, False])
def test_port_is_locked_exactly_where_its_mac_is_guarded(held: bool) -> None:
    """A guarded MAC is held without nftables too; where it is not, the port learns as ports do."""
    guard = frozenset(GUARD_ITEMS) - (set() if held else {"mac"})
    made = list(ATTACHMENT.objects(replace(CONTEXT, guard=guard)))
    [port] = [thing for thing in made if isinstance(thing, Port)]
    assert (port.locked, port.learning) == (held, not held)
    assert [thing.sticky for thing in made if isinstance(thing, FdbEntry)] == [True] * held
