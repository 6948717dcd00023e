"""Tables and priorities of isolated NICs: what is written stands, and the rest stays where it is."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from netproof.site.isolated import reserved_tables
from netproof.site.load import parse_site
from netproof.site.nodes import Isolated

NAMES = st.lists(st.sampled_from([f"eth{n}" for n in range(40)]), unique=True, min_size=1, max_size=30)


def isolated(*nics: str, more: str = "") -> dict[str, Isolated]:
    """Return what the isolated NICs of a host get; each is ``NAME`` or ``NAME: what it says``."""
    text = ["netproof: 1", "site: s", "networks: {n: {}}", "hosts:", "  h:", "    nics:"]
    for i, nic in enumerate(nics):
        name, _, said = nic.partition(": ")
        text.append(f"      {name}: {{network: n, addresses: [10.{i}.0.1/24], isolated: {said or 'on'}}}")
    host = parse_site("\n".join([*text, more]).encode(), "site.yaml").hosts["h"]
    return {nic.name: nic.isolated for nic in host.nics if nic.isolated}


@given(NAMES, st.randoms(use_true_random=False))
def test_tables_and_priorities_do_not_depend_on_the_order_of_the_file(names: list[str], random: Random) -> None:
    """The same NICs have the same, and no two have one in common."""
    found = isolated(*names)
    random.shuffle(names)
    assert isolated(*names) == found
    assert len({i.table for i in found.values()}) == len({i.priority for i in found.values()}) == len(names)
    assert not {i.table for i in found.values()} & set(reserved_tables())
    assert all(i.priority > 6000 for i in found.values())


@given(NAMES)
def test_few_move_when_a_nic_is_added(names: list[str]) -> None:
    """Only what another one wants as well may move, and then by little."""
    before, after = isolated(*names), isolated(*names, "wan0")
    moved = [name for name in names if after[name] != before[name]]
    assert len(moved) <= 2


def test_what_is_written_stands() -> None:
    """One of the two, or both; and nobody else gets it."""
    alone = isolated("eth1")["eth1"]
    assert isolated("eth1: {table: 77}") == {"eth1": Isolated(77, alone.priority)}
    assert isolated("eth1: {priority: 7777}") == {"eth1": Isolated(alone.table, 7777)}
    taken = f"eth9: {{table: {alone.table}, priority: {alone.priority}}}"
    assert isolated(taken, "eth1") == {"eth9": alone, "eth1": Isolated(alone.table + 1, alone.priority + 1)}


def test_tables_of_routes_and_rules_are_left_alone() -> None:
    """What the host's own routing uses is taken."""
    alone = isolated("eth1")["eth1"]
    route = f"    routes: [{{to: 10.9.0.0/16, dev: eth2, table: {alone.table}}}]"
    rule = f"    rules: [{{table: {alone.table + 1}, priority: {alone.priority}}}]"
    plain = "      eth2: {network: n, addresses: [10.99.0.1/24]}"
    assert isolated("eth1", more=f"{plain}\n{route}\n{rule}")["eth1"] == Isolated(alone.table + 2, alone.priority + 1)
