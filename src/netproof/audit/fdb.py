"""FDB entries of bridges in the words of audit checks."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.state.facts import Facts, FdbEntry


def looked_at(facts: Facts) -> Iterator[FdbEntry]:
    """Yield the entries of bridges by which frames find their ports.

    What is written without a VLAN the kernel writes for each VLAN of the port besides, where it knows VLANs at all; a
    bridge that filters looks at these only, one that does not at the first only.
    """
    filters = {b.ifname: bool(b.data.get("vlan_filtering")) for b in facts.of_kind("bridge")}
    for entry in facts.fdb:
        if entry.master and "self" not in entry.flags and filters.get(entry.master, False) == bool(entry.vlan):
            yield entry


def place(entry: FdbEntry) -> str:
    """Return where an entry is, as findings name it."""
    return "-".join((entry.ifname, entry.mac, *([str(entry.vlan)] if entry.vlan else ())))


def held(entry: FdbEntry) -> tuple[str, ...]:
    """Return the command that makes an entry one that does not age and cannot be moved."""
    vlan = ("vlan", str(entry.vlan)) if entry.vlan else ()
    return ("bridge", "fdb", "replace", entry.mac, "dev", entry.ifname, "master", *vlan, "static", "sticky")
