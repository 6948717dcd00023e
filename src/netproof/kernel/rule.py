"""Routing rules (ip-rule(8); linux/fib_rules.h).

The kernel's own three of each family are no part of a state, but for where its lookup of local addresses stands.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from netproof.kernel.channel import Channel
from netproof.kernel.netlink import NEW, Request, attribute, attributes, get_text, get_u32, text, u8, u32
from netproof.kernel.wire import AF_OF, NAME_OF, PROTOCOL, PROTOCOL_KERNEL, packed_prefix, written_prefix
from netproof.state.layer3 import Rule

_NEWRULE, _DELRULE, _GETRULE = 32, 33, 34
_FRA_DST, _FRA_SRC, _FRA_IIFNAME, _FRA_PRIORITY, _FRA_FWMARK = 1, 2, 3, 6, 10
_FRA_SUPPRESS_PREFIXLEN, _FRA_TABLE, _FRA_FWMASK, _FRA_OIFNAME, _FRA_PAD, _FRA_PROTOCOL = 14, 15, 16, 17, 18, 21
_ACTIONS = {"lookup": 1, "blackhole": 6, "unreachable": 7, "prohibit": 8}
_ACTION_NAMES = {number: name for name, number in _ACTIONS.items()}
_RULE = struct.Struct("=BBBBBBBBI")
_INVERT: Final = 2
_ANY_MARK: Final = 0xFFFFFFFF
_NONE: Final = 0xFFFFFFFF
_LOCAL_TABLE: Final = 255
_ANY_PROTOCOL: Final = 0
_EXPRESSIBLE = frozenset(
    {_FRA_DST, _FRA_SRC, _FRA_IIFNAME, _FRA_PRIORITY, _FRA_FWMARK, _FRA_TABLE, _FRA_FWMASK, _FRA_OIFNAME, _FRA_PROTOCOL}
)


def create_rule(rule: Rule) -> Request:
    """Return the request that makes a rule, marked as ours."""
    return Request(_NEWRULE, _body(rule), NEW)


def delete_rule(rule: Rule) -> Request:
    """Return the request that deletes a rule of ours; one of another's making does not match it."""
    return Request(_DELRULE, _body(rule))


def move_local(rule: Rule, channel: Channel, *, behind: bool) -> None:
    """Put the lookup of local addresses, whoever made it, behind a rule that is to come first, or back.

    It is never away. The kernel refuses what is so already.
    """
    before, after = (0, 1) if behind else (1, 0)
    channel.send([Request(_NEWRULE, _body(_local(rule, after), PROTOCOL_KERNEL), NEW)])
    while not channel.send([Request(_DELRULE, _body(_local(rule, before), _ANY_PROTOCOL))]):
        pass  # there is one the fewer


def _local(rule: Rule, priority: int) -> Rule:
    return Rule(rule.netns, rule.family, priority, table=_LOCAL_TABLE)


def _body(rule: Rule, protocol: int = PROTOCOL) -> bytes:
    parts, lengths = [], []
    for kind, prefix in ((_FRA_DST, rule.destination), (_FRA_SRC, rule.source)):
        _, address, length = packed_prefix(prefix) if prefix else (0, b"", 0)
        parts += [attribute(kind, address)] if length else []
        lengths.append(length)
    header = _RULE.pack(AF_OF[rule.family], *lengths, 0, 0, 0, 0, _ACTIONS[rule.action], 0)
    parts += [u32(_FRA_PRIORITY, rule.priority), u8(_FRA_PROTOCOL, protocol)]
    parts += [u32(_FRA_TABLE, rule.table)] if rule.action == "lookup" else []
    parts += [text(_FRA_IIFNAME, rule.iif)] if rule.iif else []
    parts += [text(_FRA_OIFNAME, rule.oif)] if rule.oif else []
    parts += [u32(_FRA_FWMARK, rule.fwmark), u32(_FRA_FWMASK, _ANY_MARK)] if rule.fwmark else []
    return header + b"".join(parts)


def dump_rules() -> Request:
    """Return the request for all rules of all families."""
    return Request(_GETRULE, _RULE.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0))


def read_rules(netns: str, bodies: Iterable[bytes]) -> Iterator[tuple[Rule, bool]]:
    """Yield rules, in the order in which the kernel asks them, each with whether it is marked as ours.

    The kernel's own are left out, and those with actions that we do not have. A rule with a selector that we do not
    have is `narrowed`: it never stands in the way of one of ours, nor can it satisfy it.
    """
    told = [found for found in (_told(netns, body) for body in bodies) if found]
    rules = [rule for rule, _ in told]
    for at, (rule, protocol) in enumerate(told):
        if protocol == PROTOCOL_KERNEL:
            continue
        ours = protocol == PROTOCOL
        in_order = not (ours and rule.is_first) or _comes_first(rule, rules[:at], rules[at + 1 :])
        yield (rule if in_order else replace(rule, in_order=False)), ours


def _comes_first(rule: Rule, before: Iterable[Rule], behind: Iterable[Rule]) -> bool:
    """Say whether local addresses are looked up behind a rule, and not before it."""
    looked_up = any(other.family == rule.family and other.table == _LOCAL_TABLE for other in before)
    return not looked_up and any(replace(other, priority=1) == _local(rule, 1) for other in behind)


def _told(netns: str, body: bytes) -> tuple[Rule, int] | None:
    """Return a rule and the number of who made it; None for actions and families that we do not have."""
    family, destination_length, source_length, tos, _, _, _, action, flags = _RULE.unpack_from(body)
    found = {k: v for k, v in attributes(body, _RULE.size).items() if not _says_nothing(k, v)}
    protocol = found.get(_FRA_PROTOCOL, b"\0")[0]
    if family not in NAME_OF or action not in _ACTION_NAMES:
        return None
    masked = get_u32(found.get(_FRA_FWMASK, b"\xff" * 4)) not in (_ANY_MARK, 0)
    rule = Rule(
        netns,
        NAME_OF[family],
        get_u32(found[_FRA_PRIORITY]) if _FRA_PRIORITY in found else 0,
        source=written_prefix(family, found.get(_FRA_SRC, b""), source_length) if source_length else "",
        destination=written_prefix(family, found.get(_FRA_DST, b""), destination_length) if destination_length else "",
        iif=get_text(found.get(_FRA_IIFNAME, b"")),
        oif=get_text(found.get(_FRA_OIFNAME, b"")),
        fwmark=get_u32(found[_FRA_FWMARK]) if _FRA_FWMARK in found else 0,
        table=get_u32(found[_FRA_TABLE]) if action == _ACTIONS["lookup"] else 0,
        action=_ACTION_NAMES[action],
        narrowed=bool(tos or flags & _INVERT or masked or found.keys() - _EXPRESSIBLE),
    )
    return rule, protocol


def _says_nothing(kind: int, value: bytes) -> bool:
    """Say whether an attribute is one that the kernel sends with every rule to say that there is none of it."""
    return (kind == _FRA_SUPPRESS_PREFIXLEN and get_u32(value) == _NONE) or kind == _FRA_PAD
