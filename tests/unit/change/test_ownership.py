"""Ours or foreign, where the mark is in the hands of somebody else."""

from netproof.change.kernel import Reading
from netproof.change.ownership import Ownership, Record, next_record
from netproof.state.hoststate import HostState
from netproof.state.namespace import Namespace

GUEST = Namespace("vm1")
THERE = HostState([GUEST])
MARKED = Reading(THERE, frozenset({GUEST.key}))


def test_namespace_that_was_there_stays_foreign_whatever_its_root_writes_on_its_lo() -> None:
    """Else root inside a container could have its namespace removed by us, with all that somebody else keeps there."""
    record = next_record(THERE, Reading(THERE), Record())
    assert not Ownership(MARKED, record).ours(GUEST.key)
    again = next_record(THERE, MARKED, record)
    assert not Ownership(MARKED, again).ours(GUEST.key)


def test_namespace_that_we_made_is_ours_while_it_bears_the_mark() -> None:
    """One of the same name that somebody else made since is not."""
    record = next_record(THERE, Reading(HostState()), Record())
    assert Ownership(MARKED, record).ours(GUEST.key)
    assert not Ownership(Reading(THERE), record).ours(GUEST.key)


def test_marked_namespace_is_ours_without_memory() -> None:
    """A process that remembers nothing goes by the mark, and so does what it then remembers."""
    record = next_record(THERE, MARKED, Record())
    assert Ownership(MARKED, Record()).ours(GUEST.key)
    assert Ownership(MARKED, record).ours(GUEST.key)
