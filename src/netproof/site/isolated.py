"""Which routing table and which priority an isolated NIC gets where the site file does not say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.declared import nodes
from netproof.routing.isolated import DIRECT_PRIORITY, DIRECT_TABLE
from netproof.site.nodes import Isolated
from netproof.values.naming import number_of

FIRST_TABLE, FIRST_PRIORITY = 22, 6001
_SLOTS = 900
_OF_KERNEL = (253, 254, 255)  # default, main, local


def allotted(site: str, host: str, written: nodes.Host) -> dict[str, Isolated]:
    """Return table and priority of each isolated NIC of a host, by name.

    What is written stands. The rest follows from site, host and NIC by a hash, so that another NIC, added or taken
    away, moves none; where two want the same, the one that comes first by hash has it and the other takes the next.
    """
    asking = {name: nic.isolated for name, nic in written.nics.items() if nic.isolated is not None}
    tables = {*reserved_tables(), *(route.table for route in written.routes)}
    tables |= {rule.table for rule in written.rules if rule.table}
    tables |= {asked.table for asked in asking.values() if asked.table}
    priorities = {DIRECT_PRIORITY, *(rule.priority for rule in written.rules)}
    priorities |= {asked.priority for asked in asking.values() if asked.priority}
    found = {}
    for slot, name in sorted((number_of(site, f"{host}/{nic}", "isolated") % _SLOTS, nic) for nic in asking):
        asked = asking[name]
        table = asked.table or _free(FIRST_TABLE, slot, tables)
        priority = asked.priority or _free(FIRST_PRIORITY, slot, priorities)
        tables.add(table)
        priorities.add(priority)
        found[name] = Isolated(table, priority)
    return found


def reserved_tables() -> tuple[int, ...]:
    """Return the tables that no isolated NIC can have for its own: the kernel's, and the one that all share."""
    return (DIRECT_TABLE, *_OF_KERNEL)


def _free(first: int, slot: int, taken: Iterable[int]) -> int:
    return next(first + n for n in _round(slot) if first + n not in taken)


def _round(slot: int) -> Iterator[int]:
    yield from range(slot, _SLOTS)
    yield from range(slot)
