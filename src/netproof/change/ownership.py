"""Ours or foreign: the one module that decides.

=====================================================  ============================================================
object                                                 ours is recognised by
=====================================================  ============================================================
link, namespace, nft table                             its mark in the kernel (`Reading.marked`); a namespace's `lo`,
                                                       which bears it, is its root's: one that the record says was
                                                       there before us stays foreign whatever it says
address, route, routing rule, neighbour at home        its protocol number, which the reading tells as a mark too
what lies on a link of ours, or in a table of ours     its parent; a port also by its bridge, an FDB entry by its port;
                                                       an entry of a VXLAN device by that device
a setting; what lies unmarked on a foreign link        the record: what was there before, and what we put
what lies in a guest's namespace                       the record again: what root in there did later is not drift
=====================================================  ============================================================

A route over a link of ours is not ours by that: routing daemons write such routes. Nor is a tc filter that stands where
our drop belongs: we make none like it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from netproof.change.kernel import Reading, Scope
from netproof.state.bridging import FdbEntry, NoArp, Port, VlanFiltering
from netproof.state.filters import IngressDrop
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Route, Rule, Sysctl
from netproof.state.links import Link, Mac, Mtu, Up, Veth
from netproof.state.namespace import Namespace, namespace_key
from netproof.state.object import KernelObject, Key, is_hosts, link_key
from netproof.state.tunnels import RemoteEntry

MTU_OF_NEW_LINKS = 1500  # Ethernet's, which every bridge and veth is born with


@dataclass(frozen=True, slots=True)
class Kept:
    """What we put at a key, and what was there before: None for nothing, or for a setting nobody had read."""

    before: KernelObject | None
    ours: KernelObject

    @property
    def is_ours(self) -> bool:
        """False for what stood there already and satisfied us: it is never removed."""
        return self.before != self.ours


@dataclass(frozen=True, slots=True)
class Record:
    """What the kernel cannot remember for us; kept in a file, written before the change, void after a reboot."""

    kept: Mapping[Key, Kept] = field(default_factory=lambda: MappingProxyType({}))


def is_guests(thing: KernelObject) -> bool:
    """Say whether `thing` lies inside a namespace that is not the host's, where root may be somebody else."""
    return not is_hosts(thing.netns) and not isinstance(thing, Namespace)


def is_kept(thing: KernelObject) -> bool:
    """Say whether the record must remember `thing`, because the kernel holds no mark of it that can be trusted."""
    unmarked = Up | Port | FdbEntry | VlanFiltering | NoArp | IngressDrop | Namespace
    return thing.SETTING or is_guests(thing) or isinstance(thing, unmarked)


class Ownership:
    """Answers `ours` for one reading and one record."""

    def __init__(self, reading: Reading, record: Record) -> None:
        self._state, self._kept = reading.state, record.kept
        self._marked = frozenset(key for key in reading.marked if not _was_there(key, record))
        # A guest may mark any link in its namespace, a far end of another's pair too: that gives it nothing at home.
        self._provided = frozenset(
            k for key in self._marked if key[0] == "link" and is_hosts(key[1]) for k in self._state[key].provides()
        )

    def ours(self, key: Key) -> bool:
        """Say whether what the kernel holds at `key` is ours; False where it holds nothing."""
        thing = self._state.get(key)
        if thing is None:
            return False
        if key in self._marked or key in self._provided:
            return True
        kept = self._kept.get(key)
        if kept and kept.ours == thing:
            return kept.is_ours
        if thing.SETTING or (isinstance(thing, Route | Rule) and is_hosts(thing.netns)) or _is_in_the_way(thing):
            return False
        return any(self.ours(under) for under in _under(thing))


def _is_in_the_way(thing: KernelObject) -> bool:
    return isinstance(thing, IngressDrop) and bool(thing.instead)


def _was_there(key: Key, record: Record) -> bool:
    kept = record.kept.get(key)
    return kept is not None and isinstance(kept.ours, Namespace) and not kept.is_ours


def _under(thing: KernelObject) -> tuple[Key, ...]:
    if isinstance(thing, Port | FdbEntry):
        return thing.needs()
    if isinstance(thing, Link) and not is_guests(thing):
        return ()  # a link of the host's is marked if it is ours, in a namespace of ours, too
    if thing.parent is None and is_guests(thing):
        return (namespace_key(thing.netns),)
    return (thing.parent,) if thing.parent else ()


def next_record(desired: HostState, reading: Reading, record: Record) -> Record:
    """Return the record that holds once `desired` was applied over what was read.

    An entry whose object is no longer desired is gone then: restored, removed, or foreign by now.
    """
    owner = Ownership(reading, record)
    found = {
        thing.key: _kept(thing, reading, record.kept.get(thing.key), owner)
        for thing in desired.values()
        if is_kept(thing) or _is_on_foreign_device(thing, reading)
    }
    return Record(MappingProxyType({key: kept for key, kept in found.items() if kept}))


def _kept(thing: KernelObject, reading: Reading, old: Kept | None, owner: Ownership) -> Kept | None:
    have = reading.state.get(thing.key)
    if old and (have is None or have == old.ours or is_guests(thing)):
        return Kept(old.before, thing)
    if have is None and isinstance(thing, Namespace):
        return None  # it will bear our mark
    if have is None or (have == thing and is_guests(thing) and owner.ours(thing.key)):
        return Kept(_born_with(thing, reading.state), thing)
    if have == thing and not is_guests(thing) and not _is_foreign_namespace(thing, reading):
        return None
    return Kept(have, thing)


def _is_on_foreign_device(thing: KernelObject, reading: Reading) -> bool:
    """Say whether an entry is to be written on a VXLAN device that somebody else made just as it is wanted."""
    device = link_key(thing.netns, thing.ifname) if isinstance(thing, RemoteEntry) else None
    return device in reading.state and device not in reading.marked


def _is_foreign_namespace(thing: KernelObject, reading: Reading) -> bool:
    return isinstance(thing, Namespace) and thing.key not in reading.marked


def former(kept: Kept, actual: HostState) -> KernelObject | None:
    """Return what was there before, or, of a setting in a namespace that was still to be made, what links have now."""
    return kept.before or (_born_with(kept.ours, actual) if kept.ours.SETTING and kept.ours.netns else None)


def _born_with(thing: KernelObject, actual: HostState) -> KernelObject | None:
    """Return the value of a setting that a link has when it is born, as far as that can be known."""
    if isinstance(thing, Mtu):
        return Mtu(thing.netns, thing.ifname, MTU_OF_NEW_LINKS)
    if isinstance(thing, Sysctl) and thing.ifname:
        default = actual.get(("sysctl", thing.netns, default_sysctl(thing)))
        if isinstance(default, Sysctl):
            return Sysctl(thing.netns, thing.name, default.value, thing.ifname)
    return None


def default_sysctl(thing: Sysctl) -> str:
    """Return the name of the sysctl whose value new links take: ``net/ipv6/conf/default/…``."""
    return thing.name.replace(f"/{thing.ifname}/", "/default/")


def as_served(desired: HostState, reading: Reading) -> Reading:
    """Return `reading` with what others made, if it is as good as what is wanted there, seen as just that."""
    good = [
        want
        for key, want in desired.items()
        if key not in reading.marked and (have := reading.state.get(key)) and have != want and have.serves(want)
    ]
    return replace(reading, state=reading.state.with_(*good)) if good else reading


def as_far_as_ours(desired: HostState, actual: HostState, record: Record) -> HostState:
    """Return `actual` as if guests had left what we last put in their namespaces as it was.

    A guest whose attachment is gone, made anew or gets another MAC is compared with what its namespace truly holds.
    """
    anew = {v.peer_netns for v in desired.of(Veth) if v.key not in actual or not actual[v.key].changes_in_place(v)}
    anew |= {m.netns for m in desired.of(Mac) if m.key in record.kept and record.kept[m.key].ours != m}
    assumed = [
        thing
        for key, thing in desired.items()
        if is_guests(thing) and thing.netns not in anew and key in record.kept and record.kept[key].ours == thing
    ]
    return actual.with_(*assumed)


def merged(older: Record, newer: Record) -> Record:
    """Return a record that knows of both: what is written before a change that may stop half way."""
    return Record(MappingProxyType({**older.kept, **newer.kept}))


def scope_of(site: str, desired: HostState, record: Record, *more: HostState) -> Scope:
    """Return what must be read to plan `desired`: its own, what the record tells of, and the defaults of new links."""
    recorded = HostState(kept.ours for kept in record.kept.values())
    sysctls = [s for state in (desired, recorded, *more) for s in state.of(Sysctl) if s.ifname]
    defaults = HostState(Sysctl(s.netns, default_sysctl(s), "") for s in sysctls)
    return Scope.of(site, desired, recorded, defaults, *more)
