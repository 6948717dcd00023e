"""The difference between two states, as the smallest set of things to do, in no order yet.

::

      actual            target
    ┌───────────┬────┬───────────┐
    │ delete,   │ =  │ create    │     and where both have a key with different values: replace if the kernel can
    │ if ours   │    │           │     change it in place, else delete and create, with all that lies on it.
    └───────────┴────┴───────────┘
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_interface

from netproof.change.loss import lost_with, unled_by
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import NftChain
from netproof.state.hoststate import HostState
from netproof.state.kinds import RANK
from netproof.state.layer3 import Address, Route, Sysctl
from netproof.state.links import Link, Mac
from netproof.state.namespace import namespace_key
from netproof.state.object import KernelObject, Key, is_hosts, link_key
from netproof.state.tunnels import Vxlan


@dataclass(slots=True)
class Delta:
    """What to do. A key in both `delete` and `create` is re-created; `early` deletions come before all creations.

    `lost` are the keys that the kernel takes away by itself along with what is deleted.
    """

    create: dict[Key, KernelObject] = field(default_factory=dict)
    replace: dict[Key, tuple[KernelObject, KernelObject]] = field(default_factory=dict)
    delete: dict[Key, KernelObject] = field(default_factory=dict)
    early: set[Key] = field(default_factory=set)
    lost: frozenset[Key] = frozenset()


def diff(target: HostState, actual: HostState, deletable: Iterable[Key]) -> Delta:
    """Return what turns `actual` into one that holds `target` and lacks those of `deletable` that are not in it."""
    delta = Delta()
    there, wanted = actual.keys(), target.keys()
    for key in [key for key in deletable if key not in wanted and key in there]:
        if not actual[key].SETTING:
            delta.delete[key] = actual[key]
    for key, want in target.items():
        have = actual.get(key)
        if have is None:
            delta.create[key] = want
        elif have is not want and have != want:
            if want.SETTING or have.changes_in_place(want):
                delta.replace[key] = (have, want)
            else:
                delta.delete[key] = have
                delta.early.add(key)
    _make_way(delta, target)
    _foresee(delta, target, actual)
    return delta


def _make_way(delta: Delta, target: HostState) -> None:
    """Find the deletions that must come before what is created, because both cannot be there at once."""
    coming = delta.create.values()
    provided = {key for thing in coming for key in thing.provides()}
    macs = {(e.netns, e.mac) for e in coming if isinstance(e, FdbEntry)}
    tunnels = {(v.outer_netns, v.vni, v.udp_port) for v in coming if isinstance(v, Vxlan)}
    addresses = [a for a in coming if isinstance(a, Address)]
    silenced = {(s.netns, s.ifname) for s in target.of(Sysctl) if s.name.endswith("/disable_ipv6") and s.value == "1"}
    for key, thing in list(delta.delete.items()):
        clashes = (
            # the link must be out of the bridge before it gets another life
            (isinstance(thing, Port) and link_key(thing.netns, thing.ifname) not in delta.delete)
            or (isinstance(thing, FdbEntry) and (thing.netns, thing.mac) in macs)
            or (isinstance(thing, Vxlan) and (thing.outer_netns, thing.vni, thing.udp_port) in tunnels)
            or (key[0] == "link" and not provided.isdisjoint(thing.provides()))
        )
        # where IPv6 is switched off the kernel deletes its addresses and routes
        if isinstance(thing, Address):
            off = ":" in thing.address and (thing.netns, thing.ifname) in silenced
            clashes = off or any(_clash(thing, other) for other in addresses)
        elif isinstance(thing, Route):
            clashes = ":" in thing.destination and (thing.netns, thing.ifname) in silenced
        if clashes:
            delta.early.add(key)


def _clash(old: Address, new: Address) -> bool:
    """Say whether the kernel bears `new` ill while `old` is there.

    The same address twice fails duplicate address detection; a second IPv4 address of one subnet on one link is its
    "secondary", which the kernel deletes along with the first.
    """
    a, b = ip_interface(old.address), ip_interface(new.address)
    return old.netns == new.netns and (
        a.ip == b.ip or (a.version == 4 and old.ifname == new.ifname and a.network == b.network)
    )


def _foresee(delta: Delta, target: HostState, actual: HostState) -> None:
    """Work out what is lost with the deletions, re-create of it what is wanted, and do not delete it one by one."""
    for mac in [new for _, new in delta.replace.values() if isinstance(new, Mac)]:
        _bounce(delta, ("up", mac.netns, mac.ifname), target, actual)  # only then its link-local address follows
    gone = _lost(delta, actual, delta.delete.keys())
    for port in actual.of(Port):
        if port.key not in gone:
            continue
        if port.key in target:  # never up outside its bridge: the host's IP stack would hear the guest
            _bounce(delta, ("up", port.netns, port.ifname), target, actual)
        elif link_key(port.netns, port.ifname) not in gone:
            delta.delete[port.key] = port
            delta.early.add(port.key)
    gone = _lost(delta, actual, delta.delete.keys())
    for chain in actual.of(NftChain):
        if chain.device and link_key(chain.netns, chain.device) in gone:
            delta.delete[chain.key] = chain
    for key in gone:
        if key[0] == "up" and is_hosts(key[1]):
            delta.delete[key] = actual[key]
    _leave_to_the_kernel(delta, actual)
    delta.lost = gone
    delta.create = _to_create(delta, target, actual)
    for key in gone | delta.create.keys():
        delta.replace.pop(key, None)
    _precede(delta, target, actual)


def _bounce(delta: Delta, up: Key, target: HostState, actual: HostState) -> None:
    """Let a link go down before what is done to it, and come up again after."""
    if up in actual and up in target:
        delta.delete[up] = actual[up]
        delta.early.add(up)


def _to_create(delta: Delta, target: HostState, actual: HostState) -> dict[Key, KernelObject]:
    missing = [target[key] for key in delta.create.keys() | (target.keys() & (delta.lost | delta.delete.keys()))]
    create: dict[Key, KernelObject] = {}
    provided: set[Key] = set()
    for thing in sorted(missing, key=lambda t: (RANK[type(t)], not is_hosts(t.netns), t.key)):
        if thing.key in provided:
            continue  # a guest's end of a pair that is created already from the host's, which gets the mark
        if thing.SETTING and any(k not in provided and (k not in actual or k in delta.lost) for k in thing.needs()):
            continue  # a setting of a link that is to be no more
        create[thing.key] = thing
        provided.update(thing.provides())
    return create


def _leave_to_the_kernel(delta: Delta, actual: HostState) -> None:
    """Do not ask for the deletion of what goes with a deleted link or namespace; of a pair of links ask for one."""
    ours = {key for key, thing in delta.delete.items() if is_hosts(key[1]) and not isinstance(thing, Link)}
    for key in [key for key in delta.delete if key[0] == "link" and key not in ours]:
        ends = [end for end in actual[key].provides() if end in ours or end < key]
        if any(whole in delta.delete for whole in (namespace_key(key[1]), *ends)):
            del delta.delete[key]
    roots = {key for key in delta.delete if key[0] in ("link", "namespace")}
    explicit = {key for key in delta.delete if key in delta.early or key[0] == "nft-chain" or _is_down_first(key)}
    ports = {key for key in delta.delete if key[0] == "port"}
    for key in (_lost(delta, actual, roots | ports) & delta.delete.keys()) - roots - explicit:
        del delta.delete[key]


def _is_down_first(key: Key) -> bool:
    return key[0] == "up" and is_hosts(key[1])


def _lost(delta: Delta, actual: HostState, deleted: Collection[Key]) -> frozenset[Key]:
    """Return what goes with `deleted`. What is replaced by the time of a late deletion may rest on something else."""
    if not deleted:
        return frozenset()
    replaced = actual.with_(*(new for _, new in delta.replace.values()))
    early = [key for key in deleted if key in delta.early]
    late = [key for key in deleted if key not in delta.early]
    first = lost_with(early, actual)
    return first | unled_by(first, actual) | lost_with(late, replaced)


def _precede(delta: Delta, target: HostState, actual: HostState) -> None:
    """Let what must be gone before an early deletion be deleted early too: a link is down and its chains unloaded.

    So are routes that the kernel would delete along with an address: later there would be none to delete.
    """
    early = [key for key in delta.delete if key in delta.early or key in target]
    unled = unled_by(lost_with(early, actual), actual)
    for key in delta.delete:
        thing = actual[key]
        if key in target or key in unled:
            delta.early.add(key)
        elif key[0] == "up" or isinstance(thing, NftChain):
            ifname = thing.device if isinstance(thing, NftChain) else key[2]
            if not delta.early.isdisjoint({link_key(thing.netns, ifname), ("port", thing.netns, ifname)}):
                delta.early.add(key)
