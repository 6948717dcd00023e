"""A kernel in memory: honest about what depends on what, and failing on request.

It serves the pure laws of `change` and the transactions of `apply`; it never replaces a test in a namespace, and
passes the same contract suite as one. What it models: a thing needs what it lies on; a deleted link takes along all
that lies on it, the other end of its pair and its membership of a bridge; a link that goes down loses its routes and
its IPv6 addresses, one whose IPv6 is switched off the latter; a new link has a MAC, an MTU and the sysctls of every
link. A chain outlives its device (6.18).
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from netproof.change.kernel import Reading, Scope
from netproof.change.loss import unled_by
from netproof.change.step import Create, Delete, Replace, Step
from netproof.errors import KernelError
from netproof.state.bridging import FdbEntry, Port
from netproof.state.filters import TABLE_PREFIX, NftChain, NftTable
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address, Route, Rule, Sysctl
from netproof.state.links import Bridge, Link, Mac, Mtu, Up, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject, Key, link_key
from netproof.state.tunnels import Neighbour, Vxlan

MARKED = (Namespace, Bridge, Veth, Vxlan, Vlan, Neighbour, Address, Route, Rule, NftTable)
_VERBS = {Create: "create", Delete: "delete", Replace: "change"}


class MemoryKernel:
    """A kernel whose objects are a dictionary; `foreign` are there from the start and bear no mark of ours.

    `before_write` is called before each step, for tests that stop an apply in its middle.
    """

    def __init__(self, foreign: Iterable[KernelObject] = ()) -> None:
        self._boots = 1
        self._objects: dict[Key, KernelObject] = {}
        self._marks: dict[Key, str] = {}
        self._failures: list[tuple[Callable[[Step], bool], int]] = []
        self.before_write: Callable[[Step], None] = lambda _: None
        self._born(Link(HOME, "lo", "loopback"))
        for thing in foreign:
            self._born(thing)

    @property
    def identity(self) -> str:
        """Another one after each reboot."""
        return f"memory-{id(self)}-boot-{self._boots}"

    def reboot(self, foreign: Iterable[KernelObject] = ()) -> None:
        """Forget everything; `foreign` is what the machine itself brings up."""
        self._boots += 1
        self._objects.clear()
        self._marks.clear()
        self._born(Link(HOME, "lo", "loopback"))
        for thing in foreign:
            self._born(thing)

    def fail(self, when: Callable[[Step], bool], error: int = errno.EIO) -> None:
        """Let the first step for which `when` holds fail once with `error`."""
        self._failures.append((when, error))

    def read(self, scope: Scope) -> Reading:
        """Return what lies at home and in the scope's namespaces."""
        seen = {HOME} | {t.netns for t in self._objects.values() if t.KIND == "namespace"} & scope.namespaces
        found = [self._seen(thing, seen) for thing in self._objects.values() if thing.netns in seen]
        listed = [t for t in found if not isinstance(t, Sysctl)]
        sysctls = [s for s in (self._sysctl(*wanted) for wanted in scope.sysctls) if s]
        state = HostState([*listed, *sysctls])
        sites = {k: s for k, s in self._all_marks().items() if k in state}
        return Reading(
            state,
            frozenset(k for k, site in sites.items() if site == scope.site),
            frozenset(site for k, site in sites.items() if k[1] == HOME and site != scope.site and k[0] in _SITED),
        )

    def perform(self, site: str, steps: Sequence[Step]) -> None:
        """Do `steps` one by one. Raises KernelError at the first that fails."""
        for step in steps:
            self.before_write(step)
            for i, (when, error) in enumerate(self._failures):
                if when(step):
                    del self._failures[i]
                    raise _failed(step, error)
            if isinstance(step, Create):
                self._create(step, site)
            elif isinstance(step, Delete):
                self._delete(step)
            else:
                self._replace(step)

    def _create(self, step: Create, site: str) -> None:
        thing = step.thing
        for need in thing.needs():
            if need not in self._objects:
                raise _failed(step, _LACKING.get(need[0], errno.ENOENT))
        if not thing.SETTING and any(key in self._objects for key in thing.provides()):
            raise _failed(step, errno.EEXIST)
        if isinstance(thing, FdbEntry) and self._has_mac_elsewhere(thing):
            raise _failed(step, errno.EEXIST)
        if (isinstance(thing, Vxlan) and self._has_vni(thing)) or (isinstance(thing, Vlan) and self._has_vid(thing)):
            raise _failed(step, errno.EEXIST)
        if isinstance(thing, Address) and ":" in thing.address and self._ipv6_is_off(thing):
            raise _failed(step, errno.EACCES)
        self._born(thing)
        if isinstance(thing, MARKED):
            self._marks[thing.key] = site

    def _delete(self, step: Delete) -> None:
        thing = step.thing
        if thing.SETTING:
            raise _failed(step, errno.EOPNOTSUPP)
        if thing.key not in self._objects:
            raise _failed(step, errno.ENODEV if thing.key[0] == "link" else errno.ENOENT)
        if isinstance(thing, NftChain) and any(thing.key in c.needs() for c in self._objects.values() if c != thing):
            raise _failed(step, errno.EBUSY)
        if isinstance(thing, Address):
            for key in unled_by({thing.key}, HostState(self._objects.values())):
                del self._objects[key]
        for key in self._objects[thing.key].provides():
            self._objects.pop(key, None)
        if isinstance(thing, Up):
            self._lose_ipv6(thing.netns, thing.ifname)
        self._bury()

    def _replace(self, step: Replace) -> None:
        present = self._objects.get(step.key)
        if isinstance(step.after, Sysctl):
            present = self._sysctl(step.after.netns, step.after.name, step.after.ifname)
        if present is None:
            raise _failed(step, errno.ENOENT)
        if not present.changes_in_place(step.after):
            raise _failed(step, errno.EOPNOTSUPP)
        for need in step.after.needs():
            if need not in self._objects:
                raise _failed(step, _LACKING.get(need[0], errno.ENOENT))
        self._put(step.after)

    def _born(self, thing: KernelObject) -> None:
        if isinstance(thing, Veth):
            mac = _mac_of(thing.peer_netns, thing.peer_ifname)
            self._born_link(Veth(thing.peer_netns, thing.peer_ifname, mac, thing.netns, thing.ifname))
        if isinstance(thing, Namespace):
            self._born_link(Link(thing.netns, "lo", "loopback"))
        if thing.key[0] == "link":
            self._born_link(thing)
        else:
            self._put(thing)

    def _born_link(self, link: KernelObject) -> None:
        _, netns, ifname = link.key
        self._objects[link.key] = link
        mtu = Mtu(netns, ifname, 65536 if ifname == "lo" else 1500)
        mac = Mac(netns, ifname, link.mac if isinstance(link, Bridge | Veth | Vxlan) else _mac_of(netns, ifname))
        if isinstance(link, Vlan):
            mac, mtu = self._like_lower(link)
        self._objects |= {mac.key: mac, mtu.key: mtu}

    def _like_lower(self, vlan: Vlan) -> tuple[Mac, Mtu]:
        mac, mtu = (self._objects[kind, vlan.netns, vlan.lower] for kind in ("mac", "mtu"))
        assert isinstance(mac, Mac)  # noqa: S101 - every link has both
        assert isinstance(mtu, Mtu)  # noqa: S101 - as above
        return replace(mac, ifname=vlan.ifname), replace(mtu, ifname=vlan.ifname, lower=vlan.lower)

    def _put(self, thing: KernelObject) -> None:
        self._objects[thing.key] = thing
        if isinstance(thing, Sysctl) and thing.name.endswith("/disable_ipv6") and thing.value == "1":
            self._lose_ipv6(thing.netns, thing.ifname)
        if isinstance(thing, Mac):
            link = self._objects.get(link_key(thing.netns, thing.ifname))
            if isinstance(link, Bridge | Veth | Vxlan):
                self._objects[link.key] = replace(link, mac=thing.mac)
        if isinstance(thing, Bridge | Veth | Vxlan):
            self._objects["mac", thing.netns, thing.ifname] = Mac(thing.netns, thing.ifname, thing.mac)

    def _lose_ipv6(self, netns: str, ifname: str) -> None:
        for address in [a for a in self._objects.values() if isinstance(a, Address) and ":" in a.address]:
            if (address.netns, address.ifname) == (netns, ifname):
                del self._objects[address.key]

    def _bury(self) -> None:
        """Let vanish what lay on something that is no more, until nothing does."""
        while lost := [key for key, thing in self._objects.items() if self._is_lost(thing)]:
            for key in lost:
                del self._objects[key]
        self._marks = {key: site for key, site in self._marks.items() if key in self._objects}

    def _is_lost(self, thing: KernelObject) -> bool:
        needs = thing.needs()[:1] if isinstance(thing, NftChain) else thing.needs()
        namespace = () if thing.netns == HOME else (("namespace", thing.netns),)
        return any(key not in self._objects for key in (*needs, *namespace, *thing.provides()))

    def _seen(self, thing: KernelObject, seen: set[str]) -> KernelObject:
        if isinstance(thing, Veth) and thing.peer_netns not in seen:
            return Link(thing.netns, thing.ifname, "veth")
        return thing

    def _sysctl(self, netns: str, name: str, ifname: str) -> Sysctl | None:
        there = netns == HOME or ("namespace", netns) in self._objects
        if not there or (ifname and link_key(netns, ifname) not in self._objects):
            return None
        found = self._objects.get(("sysctl", netns, name))
        return found if isinstance(found, Sysctl) else Sysctl(netns, name, _default_sysctl(name), ifname)

    def _ipv6_is_off(self, address: Address) -> bool:
        sysctl = self._sysctl(address.netns, f"net/ipv6/conf/{address.ifname}/disable_ipv6", address.ifname)
        return sysctl is not None and sysctl.value == "1"

    def _has_mac_elsewhere(self, entry: FdbEntry) -> bool:
        def bridge(at: FdbEntry) -> str:
            port = self._objects[("port", at.netns, at.ifname)]
            return port.bridge if isinstance(port, Port) else ""

        others = [e for e in self._objects.values() if isinstance(e, FdbEntry) and e.netns == entry.netns]
        return any(e.mac == entry.mac and bridge(e) == bridge(entry) for e in others)

    def _has_vni(self, device: Vxlan) -> bool:
        others = [o for o in self._objects.values() if isinstance(o, Vxlan) and o.outer_netns == device.outer_netns]
        return any((o.vni, o.udp_port) == (device.vni, device.udp_port) for o in others)

    def _has_vid(self, vlan: Vlan) -> bool:
        others = [o for o in self._objects.values() if isinstance(o, Vlan) and o.netns == vlan.netns]
        return any((o.lower, o.vid) == (vlan.lower, vlan.vid) for o in others)

    def _all_marks(self) -> dict[Key, str]:
        tables = [t for t in self._objects.values() if isinstance(t, NftTable) and t.name.startswith(TABLE_PREFIX)]
        return self._marks | {t.key: t.name.removeprefix(TABLE_PREFIX) for t in tables}


_LACKING = {"up": errno.ENETDOWN, "link": errno.ENODEV}
_SITED = frozenset({"link", "nft-table"})


def _failed(step: Step, error: int) -> KernelError:
    return KernelError(f"{_VERBS[type(step)]} {step.describe()}", error, key=step.key)


def _mac_of(netns: str, ifname: str) -> str:
    if ifname == "lo":
        return "00:00:00:00:00:00"
    return "06:" + hashlib.sha256(f"{netns}/{ifname}".encode()).digest()[:5].hex(":")


def _default_sysctl(name: str) -> str:
    return "1" if "bridge-nf-call" in name else "0"
