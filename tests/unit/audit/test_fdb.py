"""FDB entries on a kernel that knows VLANs, where one command writes several."""

from __future__ import annotations

import pytest

from netproof.audit.checks import fdb_permanent, fdb_static
from netproof.state.facts import Facts, FdbEntry, Link

MAC = "02:00:00:00:00:01"


def _found(state: str, *, filters: bool) -> list[tuple[str, tuple[str, ...]]]:
    links = (
        Link(1, "br0", "bridge", data={"vlan_filtering": int(filters)}),
        Link(2, "port0", "veth", master="br0", port={"learning": True}),
        Link(3, "port1", "veth", master="br0", port={"learning": True}),
    )
    entries = tuple(FdbEntry(MAC, "port0", state, master="br0", vlan=vlan) for vlan in (None, 1, 7))
    check = fdb_static.CHECK if state == "static" else fdb_permanent.CHECK
    return [(finding.where, finding.mend) for finding in check.findings(Facts(links=links, fdb=entries))]


@pytest.mark.parametrize("state", ["static", "permanent"])
def test_bridge_that_does_not_filter_has_one_entry_of_a_mac(state: str) -> None:
    """Those of VLANs are written beside it, and not looked at."""
    command = ("bridge", "fdb", "replace", MAC, "dev", "port0", "master", "static", "sticky")
    assert _found(state, filters=False) == [(f"port0-{MAC}", command)]


@pytest.mark.parametrize("state", ["static", "permanent"])
def test_bridge_that_filters_has_one_of_each_vlan(state: str) -> None:
    """Each is mended in its VLAN."""
    found = _found(state, filters=True)
    assert [where for where, _ in found] == [f"port0-{MAC}-1", f"port0-{MAC}-7"]
    assert all(mend[7:9] == ("vlan", where.rpartition("-")[2]) for where, mend in found)
