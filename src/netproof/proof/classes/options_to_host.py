"""A guest hides a ping to the host behind options: of IPv4 (RFC 791, RFC 2113), or in headers of IPv6 (RFC 8200).

A filter that reads the transport at a fixed place finds something else there; Linux takes the packet as any other. In
IPv4 that is a recorded route and a router alert, in IPv6 hop-by-hop and destination options. Source routes are not
tried: Linux drops them unless ``accept_source_route`` is on, and routing headers of type 0 always.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.proof import frames, packets
from netproof.proof.claim import Claim
from netproof.proof.intohost import Write, hears, into_host
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene

_HEADERS = {"destination options": frames.OPTIONS, "hop-by-hop options": frames.HOP_BY_HOP}
_ROUTER_ALERT = b"\x94\x04\0\0"


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    for told, write in (_OF_IPV6 if claim.family == "ipv6" else _OF_IPV4).items():
        yield from into_host(scene, claim, write, told=f" behind {told}")


def _behind(header: int) -> Write:
    return lambda ends, token: frames.behind(frames.echo(*ends, token), header)


def _with(options: bytes) -> Write:
    return lambda ends, token: packets.with_options(frames.echo(*ends, token), options)


_OF_IPV4 = {"a recorded route": _with(packets.RECORD_ROUTE), "a router alert": _with(_ROUTER_ALERT)}
_OF_IPV6 = {told: _behind(header) for told, header in _HEADERS.items()}

PROBE = Probe("options-to-host", "isolation", ("ipv4", "ipv6"), "a ping behind options to the host", hears, _shots)
