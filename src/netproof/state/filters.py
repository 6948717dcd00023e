"""What drops frames: nftables tables and chains of ours, and a tc filter that drops all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from netproof.state.links import OnLink, within
from netproof.state.namespace import namespace_key
from netproof.state.object import HOME, KernelObject, Key

if TYPE_CHECKING:
    from netproof.state.hoststate import HostState

TABLE_PREFIX = "netproof-"


def table_name(site: str) -> str:
    """Return the name of every nft table of ours: it is how a process with no memory recognises them."""
    return TABLE_PREFIX + site


def one_of(values: Iterable[str]) -> str:
    """Return `values`, in nft's order, as it prints a set of them: one alone has no braces."""
    listed = list(values)
    return listed[0] if len(listed) == 1 else f"{{ {', '.join(listed)} }}"


@dataclass(frozen=True, slots=True)
class NftTable(KernelObject):
    """An nft table of ours in one `family` (netdev, bridge, inet …)."""

    KIND: ClassVar[str] = "nft-table"

    family: str
    name: str

    @property
    def key(self) -> Key:
        """Identity: family and name."""
        return (self.KIND, self.netns, self.family, self.name)

    @property
    def parent(self) -> Key | None:
        """A table in a named namespace goes with it."""
        return namespace_key(self.netns) if self.netns != HOME else None

    def describe(self) -> str:
        """Name it as nft does."""
        return f"nft table {self.family} {self.name}{within(self.netns)}"


@dataclass(frozen=True, slots=True)
class NftChain(KernelObject):
    """A chain with all its rules, replaced as a whole in one transaction.

    `hook` is nft's own line (``type filter hook ingress device "x" priority filter; policy accept;``) and empty for a
    regular chain, which sees what others jump to it with; `rules` are rules; both in the very spelling in which
    ``nft -s list`` prints them back (nft 1.0.6), so that reading gives what was written. `device` is the link of a
    netdev base chain, else empty.
    """

    KIND: ClassVar[str] = "nft-chain"
    IN_PLACE: ClassVar[frozenset[str]] = frozenset({"rules", "hook", "device"})

    family: str
    table: str
    name: str
    hook: str
    rules: tuple[str, ...] = ()
    device: str = ""

    @property
    def key(self) -> Key:
        """Identity: the name in its table."""
        return (self.KIND, self.netns, self.family, self.table, self.name)

    @property
    def parent(self) -> Key | None:
        """The table; a chain is ours if that is ours."""
        return ("nft-table", self.netns, self.family, self.table)

    def needs(self) -> tuple[Key, ...]:
        """The table; a netdev chain's link: kernels before 6.16 refuse a chain on an absent device; where it jumps."""
        table = ("nft-table", self.netns, self.family, self.table)
        device = (("link", self.netns, self.device),) if self.device else ()
        return (table, *device, *((*self.key[:-1], name) for name in self.jumps))

    @property
    def jumps(self) -> tuple[str, ...]:
        """The chains of its table that it hands packets to, each once."""
        said = (rule.rpartition(" ") for rule in self.rules)
        return tuple(dict.fromkeys(name for before, _, name in said if before.endswith(("jump", "goto"))))

    def describe(self) -> str:
        """Name it with the number of its rules."""
        on = f" on {self.device}" if self.device else ""
        n = len(self.rules)
        return f"nft chain {self.family} {self.table} {self.name}{on}{within(self.netns)} ({n} rule{'s' * (n != 1)})"

    def bends(self, among: HostState, /) -> Iterator[Self]:
        """Each rule taken out; the other policy; hooked at the link of each other chain, or where nothing passes.

        A chain without a hook, to which others jump, without any rule: it cannot be deleted while they do.
        """
        for i in range(len(self.rules)):
            yield replace(self, rules=self.rules[:i] + self.rules[i + 1 :])
        if not self.hook:
            if len(self.rules) > 1:  # else that is what was just yielded
                yield replace(self, rules=())
            return
        policy, other = ("accept", "drop") if "policy accept" in self.hook else ("drop", "accept")
        yield replace(self, hook=self.hook.replace(f"policy {policy}", f"policy {other}"))
        if self.hook.startswith("type nat "):  # its statements are for that hook alone
            return
        if not self.device:
            elsewhere = "input" if "hook output" in self.hook else "output"
            yield replace(self, hook=re.sub(r"hook \w+ priority [^;]+", f"hook {elsewhere} priority filter", self.hook))
            return
        for device in sorted({chain.device for chain in among.of(NftChain)} - {self.device, ""}):
            yield replace(self, hook=self.hook.replace(f'"{self.device}"', f'"{device}"'), device=device)


@dataclass(frozen=True, slots=True)
class IngressDrop(OnLink):
    """A filter at a link's clsact ingress that drops every frame, of whatever mechanism the kernel has (tc-bpf(8)).

    `instead`: what stands at its place and drops not all, in tc's word; somebody else's.
    """

    KIND: ClassVar[str] = "ingress-drop"

    instead: str = ""

    def describe(self) -> str:
        """Name it as tc does."""
        what = f"{self.instead} pref 1" if self.instead else "drop"
        return f"tc clsact {self.ifname} ingress: {what}{within(self.netns)}"
