"""What an nftables ruleset does with a packet of which only a little is known.

A rule may match for sure, not at all, or perhaps: then both goes on. A packet is surely dropped where every way through
a base chain ends in a drop. What is not understood counts as perhaps, so that "surely dropped" is never said in error.
`steps` takes a ruleset apart to compare its rules with each other; here one packet goes through it, named sets and all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from netproof.audit.matches import Packet, elements, match_holds
from netproof.state.facts import NftChain, NftRule, NftRuleset

_REJECTS: Final = {"icmp": "ip", "icmpv6": "ip6"}
_HARMLESS: Final = frozenset({"counter", "log", "mangle", "ct helper", "notrack", "set", "meter"})
_CHANGING: Final = frozenset({"masquerade", "snat", "dnat", "redirect", "tproxy", "queue", "synproxy", "fwd"})
_DEEPEST: Final = 16  # as the kernel allows

Ends = frozenset[str]
"""Where ways lead: accept, drop, return, next (the end of a chain), on (to the next statement)."""


def surely_drops(ruleset: NftRuleset, chain: NftChain, packet: Packet) -> bool:
    """Say whether a base chain lets no such packet pass, whatever else is true of it."""
    ends = _Walk(ruleset, packet).through(chain, 0)
    return (ends - {"next"} if chain.policy == "drop" else ends) <= {"drop"}


def may_touch(ruleset: NftRuleset, chain: NftChain, packet: Packet) -> bool:
    """Say whether a base chain may drop such a packet, or change where it goes to or comes from."""
    walk = _Walk(ruleset, packet)
    ends = walk.through(chain, 0)
    return "drop" in ends or ("next" in ends and chain.policy == "drop") or walk.changes(chain, 0)


def at_hook(ruleset: NftRuleset, families: Iterable[str], hook: str) -> tuple[NftChain, ...]:
    """Return the base chains of these families at a hook."""
    wanted = frozenset(families)
    return tuple(c for c in ruleset.chains if c.hook == hook and c.family in wanted)


@dataclass(frozen=True, slots=True)
class _Walk:
    ruleset: NftRuleset
    packet: Packet

    def through(self, chain: NftChain, depth: int) -> Ends:
        """Return how the packet may leave a chain: accept, drop, next."""
        if depth > _DEEPEST:
            return frozenset({"accept", "next"})
        ends: set[str] = set()
        for rule in chain.rules:
            matches, leads = self._rule(chain, rule, depth)
            if matches is False:
                continue
            ends |= {"next" if end == "return" else end for end in leads - {"on"}}
            if matches and "on" not in leads:
                return frozenset(ends)
        return frozenset(ends | {"next"})

    def changes(self, chain: NftChain, depth: int) -> bool:
        """Say whether a rule that may be for the packet changes its headers, or gives it to somebody else."""
        return depth <= _DEEPEST and any(
            _changes(statement) or any(self.changes(there, depth + 1) for there in self._targets(chain, statement))
            for rule in chain.rules
            if self._rule(chain, rule, 0)[0] is not False
            for statement in rule.statements
        )

    def _targets(self, chain: NftChain, statement: Any) -> list[NftChain]:
        names = [body["target"] for word in ("jump", "goto") if (body := statement.get(word))]
        return [
            c for c in self.ruleset.chains if (c.family, c.table) == (chain.family, chain.table) and c.name in names
        ]

    def _rule(self, chain: NftChain, rule: NftRule, depth: int) -> tuple[bool | None, Ends]:
        """Return whether a rule is for the packet (None: perhaps), and where it leads."""
        sure: bool | None = True
        for statement in rule.statements:
            ((name, body),) = statement.items()
            if name == "match":
                holds = match_holds(self.ruleset, chain, body, self.packet)
                if holds is False:
                    return False, frozenset()
                sure = sure and holds
            elif ends := self._verdict(chain, statement, depth):
                return (sure, ends) if self._is_for(statement) else (False, frozenset())
            elif name not in _HARMLESS:
                sure = None
        return sure, frozenset({"on"})

    def _is_for(self, verdict: Any) -> bool:
        """Tell of a reject that is of one family only, as a listing says it without a match."""
        family = _REJECTS.get(((verdict.get("reject") or {}).get("type", "")), "")
        return not family or self.packet.get("protocol", family) == family

    def _verdict(self, chain: NftChain, statement: Any, depth: int) -> Ends:
        """Return where a verdict leads; nowhere, if the statement is none."""
        ((name, body),) = statement.items()
        if name in ("drop", "reject"):
            return frozenset({"drop"})
        if name in ("accept", "queue"):
            return frozenset({"accept"})
        if name in ("jump", "goto"):
            return self._jump(chain, name, body["target"], depth)
        if name == "vmap":
            return self._vmap(chain, body, depth)
        return frozenset({"return"} if name == "return" else ())

    def _jump(self, chain: NftChain, name: str, target: str, depth: int) -> Ends:
        there = self._targets(chain, {name: {"target": target}})
        ends = {end for one in there for end in self.through(one, depth + 1)}
        after = "on" if name == "jump" else "return"
        return frozenset(after if end == "next" else end for end in ends or {"next"})

    def _vmap(self, chain: NftChain, body: Any, depth: int) -> Ends:
        """Return where any element leads that may be the packet's; on, if it may be none of them."""
        ends: Ends = frozenset()
        for value, verdict in elements(self.ruleset, chain, body["data"]):
            holds = match_holds(self.ruleset, chain, {"op": "==", "left": body["key"], "right": value}, self.packet)
            if holds is not False:
                ends |= self._verdict(chain, verdict, depth) or {"on"}
            if holds:
                return ends
        return ends | {"on"}


def _changes(statement: Any) -> bool:
    return not _CHANGING.isdisjoint(statement) or "payload" in statement.get("mangle", {}).get("key", {})
