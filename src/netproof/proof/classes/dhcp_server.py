"""A guest answers as a DHCP server would: whoever believes it takes its address, gateway and name server from there.

Rogue servers are as old as DHCP (RFC 2131, section 7), and work on any bridge, against clients that ask: whoever
answers first wins. Tried with an offer, in IPv6 an advertisement, from the server's port and from another, to everybody
and to one. And in disguise, past filters that look for ports right behind the IP header or in whole packets: in a
fragment, behind options, in a fragment that ends before its ports.

Nobody has asked, and the transaction is number 0: whoever gets it has been reached, and takes no notice.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import IPv4Address

from netproof.proof import frames, packets
from netproof.proof.claim import Claim
from netproof.proof.forgery import held, lies
from netproof.proof.parties import Stand
from netproof.proof.probe import Probe, RawFrame, Shot
from netproof.proof.scene import Scene
from netproof.values.address import Address, link_local_of

_PORTS = {"ipv4": (67, 68), "ipv6": (547, 546)}
"""Of servers and of clients."""
_UNUSUAL = 4011
_SIZE = 312
"""Octets of a message, padded: its mark is in its first fragment."""
_UDP = 17
_EVERYBODY = IPv4Address("255.255.255.255")
_Told = dict[str, Callable[[bytes], bytes]]


def _shots(scene: Scene, claim: Claim) -> Iterator[Shot]:
    def tell(mine: Stand, its: Stand, _victim: Stand) -> Iterator[tuple[str, RawFrame]]:
        client = scene.mac(its)
        told, everybody = _answers(scene, claim.family, mine, its), _group(claim.family)
        plain = next(iter(told.values()))
        yield "an answer to all", scene.frame(mine, everybody, plain, family=claim.family)
        yield from ((said, scene.frame(mine, client, p, family=claim.family)) for said, p in told.items())

    return lies(scene, claim, tell)


def _group(family: str) -> str:
    return frames.multicast_mac(frames.ALL_NODES) if family == "ipv6" else frames.BROADCAST_MAC


def _answers(scene: Scene, family: str, mine: Stand, its: Stand) -> _Told:
    """Return what a server says to one client, with where it comes from; plainly first."""
    server, client = _PORTS[family]
    me, target = scene.mac(mine), its.addresses(family)[0]
    ends: frames.Ends
    if family == "ipv4":
        own = scene.source(mine, "ipv4")
        ends, message = (own, _EVERYBODY), partial(_offer, own, target, scene.mac(its))
    else:
        ends, message = (link_local_of(me), frames.ALL_NODES), partial(_advertise, me, scene.mac(its))
    said = {
        f"{target}: an answer from port {port}": _packet(ends, (port, client), message) for port in (server, _UNUSUAL)
    }
    plain = said[f"{target}: an answer from port {server}"]
    fragment: _Told = {f"{target}: the first fragment of an answer": partial(_first_fragment, plain)}
    return {**said, **fragment, **(_hidden(str(target), plain) if family == "ipv6" else {})}


def _packet(ends: frames.Ends, ports: packets.Ports, message: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda token: packets.udp(ends, ports, message(token).ljust(_SIZE, b"\0"))


def _first_fragment(plain: Callable[[bytes], bytes], token: bytes) -> bytes:
    return packets.fragments(plain(token), _SIZE, packets.number_of("dhcp", token))[0]


def _hidden(target: str, plain: Callable[[bytes], bytes]) -> _Told:
    def cut(token: bytes) -> bytes:
        packet = frames.behind(plain(token), frames.OPTIONS)
        # It ends before the mark: its flow label tells it from others.
        return _labelled(frames.first_fragment(packet, 8), zlib.crc32(token) & 0xFFFFF)

    return {
        f"{target}: an answer behind options": lambda token: frames.behind(plain(token), frames.OPTIONS),
        f"{target}: an answer cut before its ports, after options": cut,
    }


def _labelled(packet: bytes, label: int) -> bytes:
    return struct.pack("!I", 6 << 28 | label) + packet[4:]


def _offer(own: Address, target: Address, client: str, token: bytes) -> bytes:
    """Return a DHCPOFFER (RFC 2131) of `target` by the server `own` to the MAC `client`."""
    head = struct.pack("!BBBBIHH", 2, 1, 6, 0, 0, 0, 0x8000) + bytes(4) + target.packed + own.packed + bytes(4)
    options = b"\x35\x01\x02" + b"\x36\x04" + own.packed + b"\x2b" + bytes((len(token),)) + token + b"\xff"
    return head + frames.mac_bytes(client) + bytes(10 + 64 + 128) + b"\x63\x82\x53\x63" + options


def _advertise(me: str, client: str, token: bytes) -> bytes:
    """Return an ADVERTISE (RFC 8415) of the server at the MAC `me` to the client at the MAC `client`."""
    duids = ((code, b"\0\x03\0\x01" + frames.mac_bytes(mac)) for code, mac in ((1, client), (2, me)))
    options = (*duids, (17, bytes(4) + token))
    return struct.pack("!I", 2 << 24) + b"".join(struct.pack("!HH", c, len(v)) + v for c, v in options)


PROBE = Probe("dhcp-server", "identity", ("ipv4", "ipv6"), "an answer of a DHCP server", held("dhcp"), _shots)
