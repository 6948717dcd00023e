"""The tables of docs/isolation.md are true: of what methods say of themselves, and of what a fresh proof tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from matrix.measured import (
    ALONE,
    CLOSED,
    DOC,
    LISTS,
    OPEN,
    REACH,
    UPLINK,
    Cells,
    Kernel,
    cells,
    kernels,
    measured,
    read,
)
from netproof.isolation.choice import FIRST, SECOND, left_open, methods
from netproof.isolation.method import ALL_WAYS

TABLES = read(DOC.read_text())
"""By list of methods, as they stand in the docs."""


def open_in(column: Cells) -> set[str]:
    return {row for row, cell in column.items() if row != REACH and cell != CLOSED}


def test_every_method_and_list_is_in_the_tables() -> None:
    """A method that nobody measured may say of itself what it likes."""
    assert {name for listed in LISTS for name in listed} == methods().keys() | {"none"}
    assert set(ALONE) == methods().keys() - {"rule-blackhole"}  # which is refused alone
    assert set(TABLES) == set(LISTS)


@pytest.mark.parametrize("listed", LISTS, ids="+".join)
def test_methods_leave_open_what_was_measured(listed: tuple[str, ...]) -> None:
    """What `check` warns of is what proofs found open, alone and together, and nothing was left undecided."""
    column = TABLES[listed]
    assert open_in(column) == left_open(listed) & column.keys()
    assert set(column.values()) <= {CLOSED, OPEN, UPLINK, "yes", "**no**"}
    assert (column[REACH] == "yes") == all(methods()[name].spares_handed_on for name in listed if name != "none")


def test_auto_takes_only_what_was_measured_to_close_every_way() -> None:
    """And what leaves members to each other."""
    for name in (*FIRST, *SECOND):
        assert open_in(TABLES[name,]) == set()
        assert TABLES[name,][REACH] == "yes"


def test_claims_become_cells() -> None:
    """Open from a guest, open from beyond the uplink alone, undecided, closed."""

    def claim(class_: str, sender: str, verdict: str) -> dict[str, str]:
        return {"kind": "isolation", "to": "hv1", "family": "ipv4", "class": class_, "from": sender, "verdict": verdict}

    found = cells(
        [
            *(claim("route", sender, "broken") for sender in ("vm1", "router")),
            *(claim("arp-probe", sender, verdict) for sender, verdict in (("vm1", "kept"), ("router", "broken"))),
            *(
                claim("arp-who-has", sender, verdict)
                for sender, verdict in (("vm1", "inconclusive"), ("router", "kept"))
            ),
            *(claim("udp-one-way", sender, "kept") for sender in ("vm1", "router")),
            {"kind": "reach", "from": "vm1", "to": "vm2", "verdict": "kept"},
            {"kind": "reach", "from": "vm2", "to": "vm1", "verdict": "broken"},
        ]
    )
    told = {
        name: found[f"{name}/ipv4"] for name in ("route", "arp-probe", "arp-who-has", "udp-one-way", "options-to-host")
    }
    assert told == {
        "route": OPEN,
        "arp-probe": UPLINK,
        "arp-who-has": "?",
        "udp-one-way": CLOSED,
        "options-to-host": "?",
    }
    assert found[REACH] == "**no**"


@pytest.mark.slow
@pytest.mark.needs("netns", "nft")
@pytest.mark.parametrize("kernel", kernels(), ids=lambda kernel: "uml" if kernel.options else "host")
@pytest.mark.parametrize("listed", LISTS, ids="+".join)
def test_tables_are_what_a_fresh_proof_tells(listed: tuple[str, ...], kernel: Kernel, tmp_path: Path) -> None:
    """Cell by cell, with every way that methods know; `make matrix` writes them anew."""
    found = measured(listed, kernel, tmp_path)
    if found is None:
        pytest.skip(f"Linux {kernel.release} lacks what {' + '.join(listed)} needs")
    assert found.keys() - {REACH} == ALL_WAYS
    assert found == TABLES[listed]
