"""Other people's rules that our bridges' frames have to pass.

Where br_netfilter is told to (net.bridge.bridge-nf-call-iptables and its like, 1 by default where it is loaded), a
frame that a bridge hands from port to port walks through the hooks prerouting, forward and postrouting of the IP
families, as if it were routed. What a container engine drops or accepts there then decides over segments that it knows
nothing of, and its address translation rewrites their packets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from netproof.kernel import libnftables
from netproof.kernel.libnftables import NftRefusedError
from netproof.kernel.netns import entered, exists
from netproof.state.filters import TABLE_PREFIX

_CALLS: Final = {"ip": ("iptables",), "ip6": ("ip6tables",), "inet": ("iptables", "ip6tables")}
_HOOKS: Final = frozenset({"prerouting", "forward", "postrouting"})
_LEGACY: Final = {"iptables": "ip_tables_names", "ip6tables": "ip6_tables_names"}
_LEGACY_CHAINS: Final = {"filter": ("FORWARD",), "nat": ("PREROUTING", "POSTROUTING")}
_BRIDGE: Final = Path("/proc/sys/net/bridge")
_POLICY = re.compile(r"\bpolicy (\w+);")


def rules_passed(netns: str | None, *, tracked: bool = False) -> list[str]:
    """Name every foreign chain, in nft's words or those of iptables, that frames between our bridge ports pass and that
    may drop or rewrite them. `tracked`: a bridge of ours hands them on by itself, whatever the namespace's setting.

    Raises CannotError without libnftables, UsageError if there is no such namespace.
    """
    with entered(netns):
        called = [tables for tables in _LEGACY if tracked or _is_on(_BRIDGE / f"bridge-nf-call-{tables}")]
        if not called:
            return []
        return [*_chains(called), *_legacy(called)]


def bridged_frames_pass(netns: str | None) -> bool:
    """Say whether frames between bridge ports walk through hooks of the IP families there.

    In a namespace that is still to be made they will wherever br_netfilter is.
    """
    if netns is not None and not exists(netns):
        return _BRIDGE.exists()
    with entered(netns):
        return any(_is_on(_BRIDGE / f"bridge-nf-call-{tables}") for tables in _LEGACY)


def _is_on(switch: Path) -> bool:
    return switch.exists() and switch.read_text().strip() == "1"


def _chains(called: list[str]) -> Iterator[str]:
    for family, table, chain, hook in libnftables.base_chains():
        if (
            hook.split()[3] not in _HOOKS
            or not set(_CALLS.get(family, ())).intersection(called)
            or table.startswith(TABLE_PREFIX)
        ):
            continue
        with suppress(NftRefusedError):  # its owner took it away meanwhile
            policy, rules = _content(libnftables.run(f"list chain {family} {table} {chain}"))
            if rules or policy != "accept":
                yield f"nft {family} {table} {chain} ({rules} rules, policy {policy})"


def _content(listed: str) -> tuple[str, int]:
    """Return policy and number of rules of the one chain that `nft list chain` prints."""
    inside = [line for line in listed.splitlines() if re.match(r"\t\t\S", line)]  # deeper: a long rule goes on
    head = next(line for line in inside if line.startswith("\t\ttype "))
    found = _POLICY.search(head)
    return (found[1] if found else "accept"), len(inside) - 1


def _legacy(called: list[str]) -> Iterator[str]:
    for tables in called:
        names = Path("/proc/thread-self/net") / _LEGACY[tables]
        for table in names.read_text().split() if names.exists() else ():
            yield from (f"{tables}-legacy {table} {chain}" for chain in _LEGACY_CHAINS.get(table, ()))
