"""Routes (rtnetlink(7)). The kernel's own, router advertisements' and the local table are no part of a state."""

from __future__ import annotations

import socket
import struct
from typing import Final

from netproof.kernel.netlink import NEW, NLM_F_CREATE, NLM_F_REPLACE, Request, attribute, attributes, get_u32, u32
from netproof.kernel.wire import NAME_OF, PROTOCOL, PROTOCOL_KERNEL, packed, packed_prefix, written, written_prefix
from netproof.state.layer3 import Route

_NEWROUTE, _DELROUTE, _GETROUTE = 24, 25, 26
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC, _RTA_MULTIPATH = 1, 2, 4, 5, 6, 7, 9
_RTA_TABLE, _RTA_VIA = 15, 18
_RTMSG = struct.Struct("=BBBBBBBBI")
_NEXTHOP = struct.Struct("=HBBi")
_UNIVERSE, _LINK = 0, 253
_UNICAST, _UNREACHABLE = 1, 7
_TYPES = frozenset({1, 2, 6, 7, 8, 9})  # unicast, local, blackhole, unreachable, prohibit, throw
_LOCAL_TABLE: Final = 255
_KERNEL_MADE = frozenset({1, PROTOCOL_KERNEL, 9})  # redirects, its own, router advertisements
_CLONED: Final = 0x200
_ONLINK: Final = 4
_IPV6_DEFAULT_METRIC: Final = 1024


def create_route(route: Route, index: int, *, onlink: bool = False) -> Request:
    """Return the request that makes a route over the link `index` (0: the gateway tells which).

    `onlink` takes the gateway for reachable there, whatever the addresses of the link.
    """
    return Request(_NEWROUTE, _body(route, index, _ONLINK if onlink else 0), NEW)


def change_route(route: Route, index: int) -> Request:
    """Return the request that gives a route another gateway or link, in place."""
    return Request(_NEWROUTE, _body(route, index), NLM_F_CREATE | NLM_F_REPLACE)


def delete_route(route: Route, index: int) -> Request:
    """Return the request that deletes a route of ours; one of another's making does not match it."""
    return Request(_DELROUTE, _body(route, index))


def _body(route: Route, index: int, flags: int = 0) -> bytes:
    family, destination, length = packed_prefix(route.destination)
    _, source, source_length = packed_prefix(route.source) if route.source else (0, b"", 0)
    scope = _UNIVERSE if route.via or route.unreachable or family == socket.AF_INET6 else _LINK
    kind = _UNREACHABLE if route.unreachable else _UNICAST
    header = _RTMSG.pack(family, length, source_length, route.tos, 0, PROTOCOL, scope, kind, flags)
    parts = [header, attribute(_RTA_DST, destination), u32(_RTA_TABLE, route.table)]
    if route.source:
        parts.append(attribute(_RTA_SRC, source))
    if route.prefsrc:
        parts.append(attribute(_RTA_PREFSRC, packed(route.prefsrc)[1]))
    if index:
        parts.append(u32(_RTA_OIF, index))
    if route.via:
        parts.append(_gateway(family, route.via))
    if metric := route.metric or (_IPV6_DEFAULT_METRIC if family == socket.AF_INET6 else 0):
        parts.append(u32(_RTA_PRIORITY, metric))  # said even when it is the default: to delete, none means any
    return b"".join(parts)


def _gateway(family: int, via: str) -> bytes:
    gateway_family, address = packed(via)
    if gateway_family == family:
        return attribute(_RTA_GATEWAY, address)
    return attribute(_RTA_VIA, struct.pack("=H", gateway_family) + address)


def dump_routes() -> Request:
    """Return the request for all routes of all families."""
    return Request(_GETROUTE, _RTMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0))


def read_route(netns: str, body: bytes, names: dict[int, str]) -> tuple[Route, bool] | None:
    """Return a route and whether it is marked as ours; None for what is no part of a state.

    What we never make (a blackhole, several next hops) is told as a route without gateway and link, so that it
    shows up as what stands in the way of one with its destination. Of an IPv6 route of ours to which others appended
    next hops, the kernel tells protocol and next hop of the first: ours.
    """
    family, length, source_length, tos, _, protocol, _, kind, flags = _RTMSG.unpack_from(body)
    if family not in NAME_OF or kind not in _TYPES or protocol in _KERNEL_MADE:
        return None
    ours = protocol == PROTOCOL
    if flags & _CLONED:
        return None
    found = attributes(body, _RTMSG.size)
    table = get_u32(found[_RTA_TABLE])
    if table == _LOCAL_TABLE:
        return None
    metric = get_u32(found[_RTA_PRIORITY]) if _RTA_PRIORITY in found else 0
    shared = family == socket.AF_INET6 and ours and _RTA_MULTIPATH in found
    if shared:
        found |= _first_hop(found.pop(_RTA_MULTIPATH))
    simple = kind == _UNICAST and _RTA_MULTIPATH not in found
    route = Route(
        netns,
        written_prefix(family, found.get(_RTA_DST, b""), length),
        via=_via(found) if simple else "",
        ifname=names.get(get_u32(found[_RTA_OIF]), "") if simple and _RTA_OIF in found else "",
        table=table,
        metric=0 if family == socket.AF_INET6 and metric == _IPV6_DEFAULT_METRIC else metric,
        source=written_prefix(family, found.get(_RTA_SRC, b""), source_length) if source_length else "",
        prefsrc=written(found[_RTA_PREFSRC]) if simple and _RTA_PREFSRC in found else "",
        unreachable=kind == _UNREACHABLE,
        tos=tos,
        shared=shared,
    )
    return route, ours


def _first_hop(hops: bytes) -> dict[int, bytes]:
    """Return link and gateway of the first next hop as attributes of a route with that alone (struct rtnexthop)."""
    length, _, _, index = _NEXTHOP.unpack_from(hops)
    return {_RTA_OIF: struct.pack("=i", index), **attributes(hops[:length], _NEXTHOP.size)}


def _via(found: dict[int, bytes]) -> str:
    if _RTA_GATEWAY in found:
        return written(found[_RTA_GATEWAY])
    return written(found[_RTA_VIA][2:]) if _RTA_VIA in found else ""
