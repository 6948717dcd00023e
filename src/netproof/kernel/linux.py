"""Linux as a `change.kernel.Kernel`: one home namespace, and the named ones its state reaches into.

Steps go in *lanes*: neighbours of one kind in one namespace share a batch of netlink messages, or an nft transaction.
A batch goes on after a message that failed, so what was done behind the failed step is undone again: to the caller,
steps are done in their order up to the one that failed.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from netproof.change.kernel import Reading, Scope
from netproof.change.step import Create, Delete, Replace, Step
from netproof.errors import UsageError
from netproof.kernel import netns as named
from netproof.kernel.address import promoting
from netproof.kernel.batches import Way, is_in_effect, send_packed, send_steps
from netproof.kernel.channel import BATCH, Refusal
from netproof.kernel.failure import failed, refusal_of
from netproof.kernel.group import delete_together
from netproof.kernel.held import Held, Namespaces
from netproof.kernel.ingress import create_drop, delete_drop
from netproof.kernel.link import set_alias
from netproof.kernel.marks import Marks
from netproof.kernel.netns import entered
from netproof.kernel.nft import transact
from netproof.kernel.privilege import require_root
from netproof.kernel.reading import read_all
from netproof.kernel.remote import pack
from netproof.kernel.rule import create_rule, delete_rule, move_local
from netproof.kernel.sysctl import read_sysctl, write_sysctl
from netproof.kernel.vxlan import create_vxlan
from netproof.kernel.writing import Desk
from netproof.state.filters import IngressDrop, NftChain, NftTable
from netproof.state.hoststate import HostState
from netproof.state.layer3 import Address, Rule, Sysctl
from netproof.state.links import Bridge, Link, Mac, Mtu, Veth, Vlan
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject, is_hosts
from netproof.state.tunnels import RemoteEntry, Vxlan

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class LinuxKernel:
    """The kernel seen from the named namespace `netns`, or from the one the calling thread is in.

    `mark` tells a site's live configuration ("netproof") from a lab's hardware ("netproof-lab"). Use it from one
    thread at a time, and close it: it holds namespaces open. Raises CannotError if not root, UsageError if there is
    no such namespace.
    """

    def __init__(self, netns: str | None = None, *, mark: str = "netproof") -> None:
        require_root()
        self._marks = Marks(mark)
        self._namespaces = Namespaces(netns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every namespace it holds."""
        self._namespaces.close()

    @property
    def identity(self) -> str:
        """Boot id and cookie of home; the cookie, unlike an inode, is not used again before the next boot."""
        return f"{_BOOT_ID.read_text().strip()}/{self._namespaces[HOME].route.cookie()}"

    def read(self, scope: Scope) -> Reading:
        """Return what the kernel holds within `scope`. Raises KernelError, CannotError if nft is needed and missing."""
        spaces = [self._namespaces[HOME]]
        for name in sorted(scope.namespaces | set(self._annexes(scope))):
            self._namespaces.forget(name)  # the name may have come to mean another since
            with suppress(UsageError):
                spaces.append(self._namespaces[name])
        reading = read_all(self._marks, scope, spaces)
        return replace(reading, state=reading.state.with_(*_sysctls(spaces, scope)))

    def _annexes(self, scope: Scope) -> Iterator[str]:
        """Return the names of the namespaces that bear the site's mark, among those that the scope's pattern is for."""
        found = self._marks.namespaces(scope.annexes) if scope.annexes else ()
        return (name for name, site in found if site == scope.site)

    def perform(self, site: str, steps: Sequence[Step]) -> None:
        """Do `steps` in their order. Raises KernelError at the first that fails: those behind it are not done."""
        for (_, lane), runs in groupby(_runs(steps), key=lambda run: _place_and_lane(run[0])):
            if lane is LinuxKernel._entry_lane:
                for run in runs:
                    lane(self, site, run)
            else:
                lane(self, site, list(chain.from_iterable(runs)))

    def _namespace_lane(self, site: str, steps: Sequence[Step]) -> None:
        for step in steps:
            self._namespaces.forget(step.key[1])
        if isinstance(steps[0], Create):
            named.create_each([(step.key[1], self._marks.alias(site, step.key[1])) for step in steps])
        else:
            for step in steps:
                named.delete(step.key[1])

    def _sysctl_lane(self, _: str, steps: Sequence[Step]) -> None:
        with entered(self._held(steps[0]).fd):
            for step in steps:
                try:
                    write_sysctl(_sysctl_of(step))
                except OSError as error:
                    raise failed(step, refusal_of(error)) from error

    def _nft_lane(self, _: str, steps: Sequence[Step]) -> None:
        held = self._held(steps[0])
        with entered(held.fd):
            transact(steps, held.route)

    def _ingress_lane(self, _: str, steps: Sequence[Step]) -> None:
        route = self._held(steps[0]).route
        for step in steps:
            try:
                index = route.ifindex(step.key[2])
            except OSError as error:
                raise failed(step, refusal_of(error)) from error
            refusal = create_drop(index, route) if isinstance(step, Create) else delete_drop(index, route)
            if refusal:
                raise failed(step, refusal)

    def _batch_lane(self, site: str, steps: Sequence[Step], size: int = BATCH) -> None:
        send_steps(steps, self._way(site, self._held(steps[0])), size)

    def _way(self, site: str, held: Held) -> Way:
        desk = Desk(held, self._namespaces[HOME], self._netns_fd, lambda ifname: self._marks.alias(site, ifname))

        def holds(asked: Sequence[Step]) -> list[bool]:
            state = self.read(Scope.of(site, HostState(map(_thing, asked)))).state
            return [is_in_effect(step, state.get(step.key)) for step in asked]

        return Way(held.route, desk.requests, holds)

    def _tunnel_lane(self, site: str, steps: Sequence[Step]) -> None:
        """Make VXLAN devices; one in an annex is made from home, where its socket stays."""
        held, home = self._held(steps[0]), self._namespaces[HOME]
        if held is home or not is_hosts(held.name):
            self._batch_lane(site, steps)
            return
        for step in steps:
            device = _thing(step)
            assert isinstance(device, Vxlan)  # noqa: S101 - it is their lane
            try:
                underlay = home.route.ifindex(device.underlay) if device.underlay else 0
            except OSError as error:
                raise failed(step, refusal_of(error)) from error
            refused = home.route.send([create_vxlan(device, underlay, held.fd)])
            refused = refused or held.route.send([set_alias(device.ifname, self._marks.alias(site, device.ifname))])
            if refused:
                raise failed(step, refused[0])

    def _rule_lane(self, site: str, steps: Sequence[Step]) -> None:
        """Make, delete or put in order routing rules: the lookup of local addresses is behind those that come first."""
        if not isinstance(steps[0], Replace):
            self._batch_lane(site, steps)
        for step in steps:
            rule, route = _thing(step), self._held(step).route
            if not isinstance(rule, Rule) or not rule.is_first:
                continue
            if isinstance(step, Delete) or rule.in_order:
                move_local(rule, route, behind=not isinstance(step, Delete))
            elif isinstance(step, Replace):  # back to where it stood when we came
                route.send([delete_rule(rule)])
                move_local(rule, route, behind=False)
                route.send([create_rule(rule)])

    def _entry_lane(self, site: str, steps: Sequence[Step]) -> None:
        held = self._held(steps[0])
        send_packed(steps, lambda batch: pack(batch, held.route), self._way(site, held))

    def _single_lane(self, site: str, steps: Sequence[Step]) -> None:
        self._batch_lane(site, steps, size=1)

    def _gone_address_lane(self, site: str, steps: Sequence[Step]) -> None:
        ipv4 = [step.key[2] for step in steps if ":" not in step.key[3]]
        with entered(self._held(steps[0]).fd), promoting(ipv4):
            self._batch_lane(site, steps)

    def _gone_veth_lane(self, site: str, steps: Sequence[Step]) -> None:
        ifnames = [step.key[2] for step in steps]
        if len(steps) == 1 or not delete_together(ifnames, self._held(steps[0]).route):
            self._single_lane(site, steps)

    def _netns_fd(self, name: str) -> int:
        try:
            return self._namespaces[name].fd
        except UsageError as error:
            raise OSError(errno.ENOENT, str(error)) from error

    def _held(self, step: Step) -> Held:
        """Return the namespace of a step."""
        try:
            return self._namespaces[_thing(step).netns]
        except UsageError as error:
            raise failed(step, Refusal(errno.ENOENT, str(error))) from error


_Lane = Callable[[LinuxKernel, str, Sequence[Step]], None]
_LANES: dict[type[KernelObject], _Lane] = {
    Namespace: LinuxKernel._namespace_lane,
    NftTable: LinuxKernel._nft_lane,
    NftChain: LinuxKernel._nft_lane,
    Sysctl: LinuxKernel._sysctl_lane,
    IngressDrop: LinuxKernel._ingress_lane,
    RemoteEntry: LinuxKernel._entry_lane,
    Rule: LinuxKernel._rule_lane,
}
_LANES_OF_CREATION: dict[type[KernelObject], _Lane] = {
    Vxlan: LinuxKernel._tunnel_lane,
    Mac: LinuxKernel._single_lane,  # what a setting was before is unknown: a batch of them cannot be undone
    Mtu: LinuxKernel._single_lane,
}
_LANES_OF_DELETION: dict[type[KernelObject], _Lane] = {
    Link: LinuxKernel._single_lane,  # nor can the end of a link, with all that lay on it
    Bridge: LinuxKernel._single_lane,
    Vxlan: LinuxKernel._single_lane,
    Vlan: LinuxKernel._single_lane,
    Veth: LinuxKernel._gone_veth_lane,
    Address: LinuxKernel._gone_address_lane,
}
_LANES_OF = {Create: _LANES | _LANES_OF_CREATION, Delete: _LANES | _LANES_OF_DELETION, Replace: _LANES}


_PIECE = 8 * BATCH
_NETNS = attrgetter("netns")
_THING_OF: dict[type[Step], Callable[[Step], KernelObject]] = {
    Create: attrgetter("thing"),
    Delete: attrgetter("thing"),
    Replace: attrgetter("after"),
}


def _runs(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield neighbours of one verb, kind and namespace, so many at a time as a processor's cache holds."""
    for at in range(0, len(steps), _PIECE):
        for verb, same in groupby(steps[at : at + _PIECE], key=type):
            alike = list(same)
            things = list(map(_THING_OF[verb], alike))
            if len(set(map(type, things))) == 1 == len(set(map(_NETNS, things))):
                yield alike
            else:
                marked = zip(alike, map(type, things), map(_NETNS, things), strict=True)
                yield from ([step for step, _, _ in run] for _, run in groupby(marked, key=itemgetter(1, 2)))


def _place_and_lane(step: Step) -> tuple[tuple[str, ...], _Lane]:
    """Return what neighbours must share to go together, and the lane in which they go."""
    thing, verb = _thing(step), type(step).__name__
    lane = _LANES_OF[type(step)].get(type(thing), LinuxKernel._batch_lane)
    if isinstance(thing, Namespace):
        return (verb,), lane
    return ((thing.netns,) if isinstance(thing, NftTable | NftChain) else (thing.netns, thing.KIND, verb)), lane


def _thing(step: Step) -> KernelObject:
    return _THING_OF[type(step)](step)


def _sysctls(spaces: Sequence[Held], scope: Scope) -> Iterator[Sysctl]:
    """Yield the wanted sysctls of each namespace; entering it is what makes /proc/sys its own."""
    wanted: dict[str, list[tuple[str, str]]] = {}
    for netns, name, ifname in scope.sysctls:
        wanted.setdefault(netns, []).append((name, ifname))
    for held in spaces:
        if held.name in wanted:
            with entered(held.fd):
                read = [read_sysctl(held.name, *names) for names in wanted[held.name]]
            yield from filter(None, read)


def _sysctl_of(step: Step) -> Sysctl:
    thing = _thing(step)
    if isinstance(step, Delete) or not isinstance(thing, Sysctl):
        raise failed(step, Refusal(errno.EOPNOTSUPP))
    return thing
