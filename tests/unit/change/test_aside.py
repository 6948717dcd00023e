"""Who is set aside for what is in a guest's namespace, and what is left of it in the desired state."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from laws.carrying import carry, everything, planned
from laws.states import FOREIGN, NAMED
from netproof.change.aside import Aside, foreseen, refused, unsettled, without
from netproof.change.ownership import Record
from netproof.change.step import Create, Delete, Step
from netproof.errors import ConflictError, KernelError
from netproof.kernel.memory import MemoryKernel
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address, Route
from netproof.state.links import Link, Up, Veth
from netproof.state.namespace import Namespace
from netproof.state.object import HOME

GUESTS = NAMED["two guests"]
VM1 = ("link", HOME, "p-vm1")
OBSTACLE = Link("demo.vm1", "eth0", "dummy")


def replaced() -> tuple[MemoryKernel, Record]:
    """Make a kernel in which the guest vm1 has deleted its interface and made another of the name."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, GUESTS, Record())
    kernel.perform("guest", [Delete(Veth("demo.vm1", "eth0", "", HOME, "p-vm1")), Create(OBSTACLE)])
    return kernel, record


def test_guest_with_another_link_in_the_place_of_its_interface_is_foreseen() -> None:
    """It alone, with what stands there and what to do."""
    kernel, record = replaced()
    [aside] = foreseen(GUESTS, everything(kernel, GUESTS), record)
    assert (aside.port, aside.netns) == (VM1, "demo.vm1")
    assert "dummy eth0 in netns demo.vm1 stands in the place of its interface" in str(aside)


def test_guest_set_aside_is_never_up_and_its_guard_stays() -> None:
    """What outlived the port stays loaded, nothing needs the port, and all else is planned."""
    kernel, record = replaced()
    reading = everything(kernel, GUESTS)
    less = without(foreseen(GUESTS, reading, record), GUESTS, reading.state)
    assert ("nft-chain", HOME, "netdev", "netproof-demo", "guard-vm1") in less
    assert not {VM1, ("up", HOME, "p-vm1"), ("port", HOME, "p-vm1")} & less.keys()
    assert Namespace("demo.vm1").key in less
    assert not planned(kernel, less, record)
    more = HostState([*less.values(), Address(HOME, "eth1", "192.0.2.77/24")])
    assert [p.step.key[0] for p in planned(kernel, more, record)] == ["address"]


def test_guest_that_is_attached_keeps_its_guard_and_goes_down() -> None:
    """Its port is as desired but for being up."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, GUESTS, Record())
    state = everything(kernel, GUESTS).state
    less = without([Aside("vm1", VM1, "demo.vm1", "", "")], GUESTS, state)
    assert [p.step for p in planned(kernel, less, record)] == [Delete(Up(HOME, "p-vm1"))]


def test_interface_that_its_guest_merely_deleted_is_made_again() -> None:
    """Nothing stands in its place, so nobody is set aside."""
    kernel = MemoryKernel(FOREIGN)
    record = carry(kernel, GUESTS, Record())
    kernel.perform("guest", [Delete(Veth("demo.vm1", "eth0", "", HOME, "p-vm1"))])
    assert foreseen(GUESTS, everything(kernel, GUESTS), record) == ()


def test_foreign_thing_in_a_foreign_namespace_sets_its_endpoint_aside() -> None:
    """A default route of its root's own is its conflict, not the host's."""
    own = Route("demo.vm1", "0.0.0.0/0", "192.0.2.9", "x")
    kernel = MemoryKernel([*FOREIGN, Namespace("demo.vm1"), Link("demo.vm1", "x", "dummy"), Up("demo.vm1", "x"), own])
    with pytest.raises(ConflictError):
        planned(kernel, GUESTS, Record())
    reading = everything(kernel, GUESTS)
    [aside] = foreseen(GUESTS, reading, Record())
    assert "route 0.0.0.0/0 via 192.0.2.9 dev x in netns demo.vm1 is in the way of" in aside.obstacle
    less = without([aside], GUESTS, reading.state)
    assert not [p for p in planned(kernel, less, Record()) if "vm1" in p.step.describe()]


ADDRESS = next(a for a in GUESTS.of(Address) if a.netns == "demo.vm1")


@pytest.mark.parametrize(
    ("thing", "error", "who"),
    [
        (ADDRESS, errno.EACCES, ["demo.vm1"]),
        (ADDRESS, errno.ENOMEM, []),
        (GUESTS[VM1], errno.EEXIST, ["demo.vm1"]),
        (GUESTS[VM1], errno.EPERM, []),
        (GUESTS["up", HOME, "br1"], errno.ENODEV, []),
    ],
)
def test_refusal_sets_aside_only_who_may_have_brought_it_about(thing: Address, error: int, who: list[str]) -> None:
    """In a guest's namespace, or where its interface is to be; never for want of memory."""
    failed = KernelError("it", error, key=thing.key)
    assert [a.netns for a in refused(failed, GUESTS)] == who


def test_what_does_not_stay_sets_aside_guests_only_if_all_of_it_is_theirs() -> None:
    """Anything at home that differs is ours to undo."""
    theirs: list[Step] = [Create(ADDRESS)]
    assert [a.netns for a in unsettled(theirs, GUESTS)] == ["demo.vm1"]
    assert unsettled([*theirs, Create(Up(HOME, "br1"))], GUESTS) == ()


def test_name_that_a_guest_chose_cannot_write_on_a_terminal() -> None:
    """Escape sequences are told as question marks."""
    aside = Aside("vm1", VM1, "demo.vm1", "dummy \x1b[2J", "")
    assert "\x1b" not in str(aside)


def test_chains_of_a_port_that_is_there_by_another_name_go_with_it() -> None:
    """The near end whose far end was moved away, with another link in its place, is deleted, and its chains after."""
    kernel, record = replaced()
    kernel.perform("guest", [Create(Link(HOME, "p-vm1", "veth"))])
    reading = everything(kernel, GUESTS)
    reading = replace(reading, marked=reading.marked | {VM1})
    less = without(foreseen(GUESTS, reading, record), GUESTS, reading.state)
    assert not [chain for chain in less.of(NftChain) if chain.device == "p-vm1"]
