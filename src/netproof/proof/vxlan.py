"""VXLAN on the wire (RFC 7348): how a frame is wrapped, and who among the site's VTEPs wraps frames for whom.

::

    Ethernet │ IPv4 or IPv6 │ UDP │ flags 08, 3 reserved │ VNI │ reserved │ the frame
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Self

from netproof.site.model import Site

_VNI_GIVEN = 0x08
_UDP = 17


def wrapped(vni: int, frame: bytes) -> bytes:
    """Return the payload of the UDP datagram that carries `frame` in `vni`."""
    return struct.pack("!B3xI", _VNI_GIVEN, vni << 8) + frame


@dataclass(frozen=True, slots=True)
class Fabric:
    """The tunnels of a site: the addresses between which frames are carried, and the UDP ports they are carried to.

    Addresses and ports are as they are on the wire.
    """

    sources: frozenset[bytes]
    destinations: frozenset[bytes]
    ports: frozenset[bytes]

    @classmethod
    def of(cls, site: Site) -> Self:
        """Return the fabric of `site`; without a VNI it carries nothing."""
        stretched = [s for s in site.segments.values() if s.vni is not None]
        vteps = {v.packed for s in stretched for v in site.vteps_of(s.name).values()}
        groups = {s.overlay.group.packed for s in stretched if s.overlay and s.overlay.group}
        ports = {struct.pack("!H", s.udp_port) for s in stretched}
        return cls(frozenset(vteps), frozenset(vteps | groups), frozenset(ports))

    def carries(self, frame: bytes) -> bool:
        """Tell whether `frame` is a tunnel's: what is in it is still on its way, whoever sees it pass."""
        ethertype = frame[12:14]
        if ethertype == b"\x08\x00" and len(frame) > 34 and frame[23] == _UDP:
            udp = 14 + 4 * (frame[14] & 15)
            ends = frame[26:30], frame[30:34]
        elif ethertype == b"\x86\xdd" and len(frame) > 54 and frame[20] == _UDP:
            udp = 54
            ends = frame[22:38], frame[38:54]
        else:
            return False
        return frame[udp + 2 : udp + 4] in self.ports and ends[0] in self.sources and ends[1] in self.destinations
