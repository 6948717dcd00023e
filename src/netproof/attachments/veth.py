"""A veth pair: one end is the endpoint's ``eth0``, born in its namespace, the other a port of the segment's bridge.

The port has IPv6 off, else the kernel would send MLD and router solicitations of its own into the segment. With
`mac` guarded the port is locked and learns nothing, and holds one sticky entry for the endpoint's MAC: frames from
any other source are dropped and the MAC cannot be taken over by another port (tried on 6.18: a static entry that is
not sticky moves, and without `locked` the frames are still forwarded).
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.attachments.attachment import GUEST_IFNAME, Attachment, PortContext
from netproof.attachments.guarding import guard_chains
from netproof.state.bridging import FdbEntry, Port
from netproof.state.layer3 import without_ipv6
from netproof.state.links import Mtu, Up, Veth
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject


def _objects(context: PortContext) -> Iterator[KernelObject]:
    port, held = context.ifname, "mac" in context.guard
    yield Namespace(context.netns)
    yield Veth(HOME, port, context.port_mac, context.netns, GUEST_IFNAME)
    yield Mtu(HOME, port, context.mtu)
    yield from without_ipv6(HOME, port, context.mtu)
    yield Port(HOME, port, context.bridge, learning=not held, locked=held, isolated=context.apart)
    if held:
        yield FdbEntry(HOME, port, context.mac, sticky=True)
    yield from guard_chains(context)
    yield Up(HOME, port)


ATTACHMENT = Attachment("veth", _objects)
