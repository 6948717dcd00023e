"""Plans: what `apply` will do, and the very same thing that `plan` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from netproof.change.aside import Aside, stands_instead
from netproof.change.diff import Delta, diff
from netproof.change.kernel import Reading
from netproof.change.loss import lost_with
from netproof.change.order import ordered
from netproof.change.ownership import MTU_OF_NEW_LINKS, Ownership, Record, as_far_as_ours, former, is_guests
from netproof.change.step import Create, Delete, Replace, Step
from netproof.errors import ConflictError, UsageError
from netproof.state.bridging import Port
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address, Route, Rule
from netproof.state.links import Bridge, Link, Mac, Mtu, Veth, Vlan
from netproof.state.object import HOME, KernelObject, Key, is_hosts
from netproof.state.tunnels import Vxlan

Impact = Literal["in place", "recreate", "disruptive"]
NO_LONGER = "no longer declared"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step, why it is done, and what it costs.

    "in place" interrupts nothing, "recreate" deletes and creates an object that carries no traffic by itself,
    "disruptive" interrupts the traffic of a link.
    """

    step: Step
    reason: str
    impact: Impact


@dataclass(frozen=True, slots=True)
class Satisfied:
    """A desired object that is there already; `foreign` if somebody else made it: it is never changed or removed."""

    thing: KernelObject
    reason: str
    foreign: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in their order; empty when there is nothing to do.

    `touched` are all keys that the steps concern, among them what the kernel takes away by itself, or may: with an
    address its secondaries and, if it was a link's last, the link's routes. `before` is what they held, `after` what
    the steps put there. From these three, undo is derived. `aside` are the endpoints that it leaves out.
    """

    steps: tuple[PlannedStep, ...]
    satisfied: tuple[Satisfied, ...]
    touched: frozenset[Key]
    before: HostState
    after: HostState
    aside: tuple[Aside, ...] = ()

    def __iter__(self) -> Iterator[PlannedStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


def plan(desired: HostState, reading: Reading, record: Record, reasons: Mapping[Key, str]) -> Plan:
    """Return what makes the kernel hold `desired` and nothing else of ours.

    Raises UsageError for a link that is neither there nor ours to make, or too narrow for its tunnel; ConflictError
    where something foreign has a key of ours with another value, where another site lives in this namespace, and where
    a step could not be undone.
    """
    owner = Ownership(reading, record)
    _refuse_missing_links(desired, reading.state)
    actual = as_far_as_ours(desired, reading.state, record)
    _refuse_conflicts(desired, actual, reading.other_sites, owner)
    back = {
        key: before
        for key, kept in record.kept.items()
        if key not in desired and actual.get(key) == kept.ours and (before := former(kept, actual)) is not None
    }
    target = desired.with_(*back.values())
    _refuse_narrow_underlays(target, actual)
    delta = diff(target, actual, [key for key in actual if key not in target and _is_to_go(actual[key], owner, record)])
    steps = tuple(
        PlannedStep(step, reasons.get(step.key, NO_LONGER), _impact(step, delta))
        for step in ordered(delta, frozenset(back))
    )
    _refuse_what_cannot_be_undone(steps)
    satisfied = tuple(
        Satisfied(thing, reasons.get(key, ""), foreign=not owner.ours(key))
        for key, thing in desired.items()
        if key in actual and key not in delta.create and key not in delta.replace
    )
    return _planned(steps, satisfied, delta, reading.state)


def beside(wanted: Iterable[KernelObject], actual: HostState) -> Plan:
    """Return what puts `wanted` beside, or in the place of, what `actual` holds; nothing else is touched."""
    delta = diff(actual.with_(*wanted), actual, ())
    steps = tuple(PlannedStep(step, "for a while", _impact(step, delta)) for step in ordered(delta, frozenset()))
    return _planned(steps, (), delta, actual)


def undo(before: HostState, after: HostState, touched: frozenset[Key], record: Record, actual: HostState) -> Plan:
    """Return what brings the `touched` keys back to `before`, from whatever state `actual` is in.

    `record` is the record that went with `before`: it tells which settings were ours then.

    It needs no marks, only what was touched. What somebody else changed since is left alone where that can be told:
    a setting, or a thing in a guest's namespace, that has neither value and does not lie on a link made anew.
    """
    others = frozenset(
        key for key in touched if key in actual and _is_others(actual[key], before.get(key), after.get(key), touched)
    )
    touched = touched - others
    before = before.without(*lost_with(_unmakable(before, actual), before))
    before = before.only(lambda key: not _comes_with_its_link(before[key], before.without(*actual)))
    gone = lost_with((key for key in touched if key not in before), actual)
    target = actual.without(*touched, *gone).with_(*(before[key] for key in before if key not in others))
    delta = diff(target, actual, touched)
    ours = {key for key, kept in record.kept.items() if kept.ours == before.get(key)}
    restored = frozenset(key for key in delta.replace if key not in ours)
    steps = tuple(PlannedStep(step, "undo", _impact(step, delta)) for step in ordered(delta, restored))
    return _planned(steps, (), delta, actual)


def _unmakable(before: HostState, actual: HostState) -> Iterator[Key]:
    """Yield the links that are gone and that we cannot make; a `lo` comes with its namespace.

    Nor can a pair be made whose guest has put a link of its own where the far end belongs, nor its chains without it.
    """
    provided = {key for thing in before.values() for key in thing.provides() if key != thing.key}
    for key, thing in before.items():
        if isinstance(thing, Link) and key not in provided and actual.get(key) != thing:
            yield key
        elif isinstance(thing, Veth) and stands_instead(thing, actual):
            yield key
            yield from (chain.key for chain in before.of(NftChain) if chain.device == thing.ifname)


def _comes_with_its_link(thing: KernelObject, state: HostState) -> bool:
    """Say whether one of the links in `state`, which are to be made, has this setting by itself."""
    link = state.get(thing.parent) if thing.parent else None
    if isinstance(thing, Mac):
        return thing.ifname == "lo" or (
            isinstance(link, Bridge | Veth | Vxlan) and is_hosts(link.netns) and link.mac == thing.mac
        )
    return isinstance(thing, Mtu) and (thing.ifname == "lo" or (link is not None and thing.mtu == MTU_OF_NEW_LINKS))


def _is_others(
    have: KernelObject, before: KernelObject | None, after: KernelObject | None, touched: frozenset[Key]
) -> bool:
    may_be = have.SETTING or is_guests(have)
    return may_be and have not in (before, after) and touched.isdisjoint(have.needs())


def _refuse_missing_links(desired: HostState, actual: HostState) -> None:
    provided = {key for thing in desired.values() for key in thing.provides()}
    missing_things = (thing for key, thing in desired.items() if actual.get(key) != thing)
    needed = {need for thing in missing_things for need in thing.needs() if need[0] == "link"}
    missing = sorted(ifname for _, netns, ifname in needed - provided - actual.keys() if netns == HOME)
    if missing:
        there = ", ".join(sorted(key[2] for key in actual if key[:2] == ("link", HOME) and key[2] != "lo")) or "none"
        raise UsageError(f"there is no link {', '.join(missing)} here; there are: {there}")


def _refuse_narrow_underlays(target: HostState, actual: HostState) -> None:
    """Refuse a device that joins its group on a link which carries less: of that the kernel only says EINVAL (6.18)."""
    for device in target.of(Vxlan):
        under = ("mtu", device.outer_netns, device.underlay)
        inner, outer = target.get(("mtu", device.netns, device.ifname)), target.get(under) or actual.get(under)
        if isinstance(inner, Mtu) and isinstance(outer, Mtu) and outer.mtu < (least := inner.mtu + device.overhead):
            raise UsageError(
                f"{outer.ifname} has an MTU of {outer.mtu} bytes here, and {device.ifname}, which joins its group on "
                f"it, needs {least}: give {outer.ifname} `mtu: {least}`, or its network `mtu: {outer.mtu}`"
            )


def _refuse_conflicts(desired: HostState, actual: HostState, other_sites: frozenset[str], owner: Ownership) -> None:
    if other_sites:
        names = ", ".join(f'"{name}"' for name in sorted(other_sites))
        raise ConflictError(f"this namespace belongs to the site {names} already: one site per network namespace")
    conflicts = [
        f"{have.describe()} is foreign and in the way of {want.describe()}; remove or rename one of them"
        for key, want in desired.items()
        if (have := actual.get(key)) is not None and have != want and not want.SETTING and not owner.ours(key)
    ]
    uplinks = {port.ifname for port in desired.of(Port) if port.netns == HOME}
    uplinks |= {vlan.lower for vlan in desired.of(Vlan)}
    conflicts += [
        f"{a.describe()} is foreign, and {a.ifname} is an uplink: an uplink may have no address; {_remedy(a)}"
        for a in actual.of(Address)
        if a.netns == HOME and a.ifname in uplinks and not owner.ours(a.key)
    ]
    conflicts += _taken_vnis(desired, actual, owner)
    conflicts += _taken_vids(desired, actual, owner)
    conflicts += _in_our_tables(desired, actual, owner)
    if conflicts:
        raise ConflictError("\n".join(conflicts))


def _taken_vnis(desired: HostState, actual: HostState, owner: Ownership) -> Iterator[str]:
    """Say of each foreign device that it has the VNI of one to be made: a namespace takes one for a VNI and port."""
    foreign = {(v.outer_netns, v.vni, v.udp_port): v for v in actual.of(Vxlan) if not owner.ours(v.key)}
    for want in desired.of(Vxlan):
        have = foreign.get((want.outer_netns, want.vni, want.udp_port))
        if have and have.key != want.key:
            yield (
                f"{have.describe()} is foreign and has the VNI and the port of {want.describe()}: "
                "a namespace takes one; remove it, or choose another"
            )


def _taken_vids(desired: HostState, actual: HostState, owner: Ownership) -> Iterator[str]:
    """Say of each foreign link that it carries the VLAN of one to be made: a NIC has one for each VID."""
    foreign = {(v.netns, v.lower, v.vid): v for v in actual.of(Vlan) if not owner.ours(v.key)}
    for want in desired.of(Vlan):
        have = foreign.get((want.netns, want.lower, want.vid))
        if have and have.key != want.key:
            yield f"{have.describe()} is foreign and carries the VLAN of {want.describe()}: a NIC has one; remove it"


def _in_our_tables(desired: HostState, actual: HostState, owner: Ownership) -> Iterator[str]:
    """Say of each foreign route that it stands in a table that is ours alone, of each foreign rule that it looks it up.

    The one leads elsewhere what must go by the table's NIC, the other brings there what must not.
    """
    tables = {route.table for route in desired.of(Route) if route.exclusive}
    things: tuple[Route | Rule, ...] = (*actual.of(Route), *actual.of(Rule)) if tables else ()
    for thing in things:
        if thing.netns == HOME and thing.table in tables and thing.key not in desired and not owner.ours(thing.key):
            yield f"{thing.describe()} is foreign, and table {thing.table} is an isolated NIC's alone; remove it"


def _remedy(address: Address) -> str:
    """Return how an uplink is rid of `address`; one that is merely removed comes back with the next advertisement."""
    if address.learned:
        return f"switch off `net.ipv6.conf.{address.ifname}.autoconf` and remove it"
    return "remove it"


def _is_to_go(thing: KernelObject, owner: Ownership, record: Record) -> bool:
    """Say whether an undesired object is deleted. In a guest's namespace that takes an entry in the record."""
    if not is_guests(thing):
        return owner.ours(thing.key)
    kept = record.kept.get(thing.key)
    return kept is not None and kept.ours == thing


def _impact(step: Step, delta: Delta) -> Impact:
    thing = delta.create.get(step.key)
    if thing is None or delta.lost.isdisjoint(thing.provides()):
        return "in place"
    return "disruptive" if step.key[0] in ("link", "up", "port") or thing.parent in delta.lost else "recreate"


def _refuse_what_cannot_be_undone(steps: tuple[PlannedStep, ...]) -> None:
    """Raise ConflictError for the deletion of a link that we never make, but for what is left of a pair of ours.

    Its far end is in no namespace that has a name: the name was deleted with somebody still inside, or root in there
    moved it on. It is no loss, and must not keep us from anything. Nor is a route touched that others share: it could
    not be told from theirs again.
    """
    for planned in steps:
        thing = planned.step.thing if isinstance(planned.step, Delete) else None
        if isinstance(thing, Link) and thing.link_type != "veth":
            raise ConflictError(f"{planned.step.describe()} would have to go, but could not be made again: remove it")
        old = planned.step.before if isinstance(planned.step, Replace) else thing
        if isinstance(old, Route) and old.shared:
            raise ConflictError(f"{old.describe()} is ours, and others appended next hops to it: remove theirs first")


def _planned(steps: tuple[PlannedStep, ...], satisfied: tuple[Satisfied, ...], delta: Delta, actual: HostState) -> Plan:
    made = [k for p in steps if not isinstance(p.step, Replace) for k in p.step.thing.provides()]
    bereft = {(a.netns, a.ifname) for a in delta.delete.values() if isinstance(a, Address)}
    at_risk = {t.key for t in actual.values() if isinstance(t, Address | Route) and (t.netns, t.ifname) in bereft}
    learned = {a.key for a in actual.of(Address) if a.learned}  # nobody's to put back
    touched = frozenset(made) | {p.step.key for p in steps} | (delta.lost | at_risk) - learned
    after = HostState(
        [p.step.thing if isinstance(p.step, Create) else p.step.after for p in steps if not isinstance(p.step, Delete)]
    )
    return Plan(steps, satisfied, touched, actual.only(lambda key: key in touched), after)
