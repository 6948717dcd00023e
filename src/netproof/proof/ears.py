"""Ears: the sockets that hear a packet where it comes out, and nothing on the way there.

At an endpoint or station that is everything on its interface. At a host it is what stands behind the IP stack (raw
ICMP, UDP at one port, and where the policy names the host, transports at all ports), or a packet socket bound to one
protocol on a port or bridge: one for all protocols looks before the filters at ingress do, and sees what they drop.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from netproof.proof import packets
from netproof.proof.frames import EXPERIMENTAL, LLDP
from netproof.proof.haul import haul
from netproof.proof.parties import Spot
from netproof.proof.probe import UDP_PORT
from netproof.proof.token import MAGIC
from netproof.values.address import Address

_IP_PKTINFO = 8
_TOLD = 128
"""Room for what the kernel tells beside a packet."""
_SO_RCVBUFFORCE, _SO_MEMINFO, _MEMINFO_DROPS = 33, 55, 8
_ETH_P_ALL = 0x0003
_SOL_PACKET, _PACKET_IGNORE_OUTGOING = 263, 23  # since Linux 4.20
_SO_ATTACH_FILTER = 26
_LOAD_LENGTH, _LOAD, _LOAD_BEHIND, _IF_EQUAL, _TAKE = 0xB1, 0x20, 0x40, 0x15, 0x06
"""Classic BPF: the length of an IPv4 header; a word, a word behind that header; the branch; the end."""
_BUFFER = 4 << 20
SLOW, EAPOL = 0x8809, 0x888E
"""LACP and its like (IEEE 802.3, annex 57), and 802.1X."""
AT_PORTS = (LLDP, SLOW, EAPOL)
"""What daemons of a host listen to at the ports of its bridges."""
_LLC = 0x0004
AT_BRIDGES = (EXPERIMENTAL, _LLC)
"""Protocols beside ARP and IP at a bridge device itself: one for all that have an ethertype, and IEEE 802.2."""
GROUPS: tuple[Address, ...] = tuple(
    map(
        ip_address,
        ("224.0.0.251", "224.0.0.252", "239.255.255.250", "ff02::fb", "ff02::1:3", "ff02::c"),
    )
)
"""Of mDNS (RFC 6762), LLMNR (RFC 4795) and SSDP."""
Heard = tuple[bytes, bool, str]
"""A packet at an ear; whether it was just leaving there; by which link it came into a host's stack, if that is told."""


@dataclass(slots=True, eq=False)
class Ear:
    """One listening socket at `spot`. `dead`: it hears no more; `doubt`: why its silence proves nothing.

    `links` are the names of a host's links by their index; `of_packets`: it hears frames, not what a stack hands up.
    """

    spot: Spot
    sock: socket.socket
    pulses: bool = True
    links: Mapping[int, str] = field(default_factory=dict)
    pulse: bool = False
    dead: bool = False
    doubt: str | None = None
    of_packets: bool = field(init=False)

    def __post_init__(self) -> None:
        self.of_packets = self.sock.family == socket.AF_PACKET  # asked once: it costs as much as to receive a packet

    def hear(self) -> list[Heard]:
        """Return what has arrived since; an error is the death of the ear."""
        heard: list[Heard] = []
        try:
            if self.of_packets:
                haul(self.sock.fileno(), heard)
            while not self.of_packets:
                heard.append(self._packet())
        except BlockingIOError:
            pass
        except OSError as error:
            self.dead, self.doubt = True, f"{self.spot.node}: listening at {self.spot.where}: {error.strerror}"
        return heard

    def _packet(self) -> Heard:
        packet, told, _, _ = self.sock.recvmsg(65535, _TOLD)
        return packet, False, self._link_told(told)

    def mind_departures(self, minded: bool) -> None:
        """Hear what leaves here as well, or only what comes in: to hear a packet leave is half the work of sending."""
        if self.of_packets:
            self.sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, not minded)

    def silence(self) -> str | None:
        """Return why this ear cannot vouch that nothing came: dead, without a pulse, or overrun; None if it can."""
        if self.doubt is None and self._drops():
            self.doubt = f"{self.spot.node}: more arrived at {self.spot.where} than could be heard"
        return self.doubt

    def _link_told(self, told: Sequence[tuple[int, int, bytes]]) -> str:
        for level, kind, data in told:
            if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
                return self.links.get(struct.unpack_from("i", data)[0], "")
            if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
                return self.links.get(struct.unpack_from("i", data, 16)[0], "")
        return ""

    def _drops(self) -> int:
        try:
            info = self.sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 64)
        except OSError:
            return 1
        return int(struct.unpack_from("I", info, 4 * _MEMINFO_DROPS)[0])


def wire_ear(spot: Spot) -> Ear:
    """Listen to all frames on an interface of an endpoint or station; the caller is in its namespace."""
    return Ear(spot, packet_socket(spot.where, _ETH_P_ALL))


def port_ear(spot: Spot, protocol: int) -> Ear:
    """Listen to one of `AT_PORTS` on a host's port, or of `AT_BRIDGES` on its bridge; the caller is in the host."""
    return Ear(spot, packet_socket(spot.where, protocol), pulses=False)


def icmp_ear(spot: Spot, family: socket.AddressFamily) -> Ear:
    """Listen to all ICMP that a host's IP stack takes in; the caller is in the host's namespace."""
    return _stack_ear(spot, socket.socket(family, socket.SOCK_RAW, icmp_protocol(family)))


def udp_ear(spot: Spot, family: socket.AddressFamily) -> Ear:
    """Listen to UDP at `UDP_PORT` of every address of a host; the caller is in the host's namespace."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("", UDP_PORT))
    except OSError:
        sock.close()
        raise
    return _stack_ear(spot, sock)


def joined(ifname: str, family: socket.AddressFamily) -> socket.socket:
    """Return a socket that has joined `GROUPS` on a link: until it is closed, UDP to these gets to `udp_ear`.

    The caller is in the link's namespace. Raises OSError if it is not there.
    """
    index, sock = socket.if_nametoindex(ifname), socket.socket(family, socket.SOCK_DGRAM)
    try:
        for group in GROUPS:
            if (group.version == 6) != (family == socket.AF_INET6):
                continue
            if group.version == 6:
                wish = group.packed + struct.pack("I", index)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, wish)
            else:
                wish = group.packed + bytes(4) + struct.pack("i", index)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, wish)
    except OSError:
        sock.close()
        raise
    return sock


def transport_ear(spot: Spot, family: socket.AddressFamily, protocol: int) -> Ear:
    """Listen to all that a host's IP stack takes in of a transport `protocol` and that bears a mark, at any port.

    The caller is in the host's namespace.
    """
    sock = socket.socket(family, socket.SOCK_RAW, protocol)
    try:
        _let_marked(sock, packets.MARK_AT[protocol])
    except OSError:
        sock.close()
        raise
    return _stack_ear(spot, sock)


def _let_marked(sock: socket.socket, at: int) -> None:
    """Let into a raw socket only what bears a mark `at` octets behind the IP header: a busy host has much else.

    A raw socket's filter sees the header of IPv4, but not that of IPv6.
    """
    load = [(_LOAD_LENGTH, 0, 0, 0), (_LOAD_BEHIND, 0, 0, at)] if sock.family == socket.AF_INET else [(_LOAD, 0, 0, at)]
    wanted = int.from_bytes(MAGIC[:4])
    program = [*load, (_IF_EQUAL, 0, 1, wanted), (_TAKE, 0, 0, 0xFFFFFFFF), (_TAKE, 0, 0, 0)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(code)))


def _stack_ear(spot: Spot, sock: socket.socket) -> Ear:
    """Have `sock` told by which link each packet came in."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    return Ear(spot, _ready(sock), links=dict(socket.if_nameindex()))


def icmp_protocol(family: socket.AddressFamily) -> int:
    """Return the protocol number of ICMP in `family`."""
    return socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP


def packet_socket(ifname: str, protocol: int = 0) -> socket.socket:
    """Return a packet socket on a link of the namespace that the caller is in; protocol 0 only sends."""
    # Protocol 0 first: a packet socket that ever listened to all links takes the kernel a grace period to bind to one.
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        sock.bind((ifname, protocol))
    except OSError:
        sock.close()
        raise
    return _ready(sock)


def _ready(sock: socket.socket) -> socket.socket:
    sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    sock.setblocking(False)
    return sock
