"""A stranger at a bridge: a port for as long as something is asked, whose far end is in a namespace without a name.

Nothing of the bridge changes by it: the port has the bridge's MTU, the highest MAC there is of those that anybody may
take (a bridge without a MAC of its own takes its ports' lowest), and no IPv6. If its maker is killed the nameless
namespace goes with it, and so do both ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from netproof.errors import KernelError
from netproof.kernel.channel import Channel
from netproof.kernel.link import delete_link, set_mac, set_mtu, set_up
from netproof.kernel.netlink import Request
from netproof.kernel.netns import entered, in_thread, unshare
from netproof.kernel.port import join
from netproof.kernel.sysctl import write_sysctl
from netproof.kernel.vantage import NamespaceVantage
from netproof.kernel.veth import create_veth
from netproof.state.bridging import Port
from netproof.state.layer3 import Sysctl
from netproof.state.links import Mac, Mtu, Up, Veth
from netproof.state.object import HOME

IFNAME: Final = "eth0"
"""The stranger's own link."""
_PORT_MAC, _MAC = "fe:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:fe"


@contextmanager
def stranger(netns: str | None, bridge: str, mtu: int) -> Iterator[NamespaceVantage]:
    """Plug a stranger into a bridge of a namespace, and take it away again. Raises KernelError, OSError."""
    port = f"npaudit{os.getpid() % 10**7}"
    home = in_thread(_nameless)
    with ExitStack() as stack:
        stack.callback(os.close, home)
        here, there = (stack.enter_context(_channel(place)) for place in (netns, home))
        _carry_out(here, bridge, [create_veth(Veth(HOME, port, _PORT_MAC, "", IFNAME), home)])
        stack.callback(here.send, [delete_link(port)])
        _carry_out(there, bridge, [set_mac(Mac(HOME, IFNAME, _MAC))])
        for place, ifname in ((netns, port), (home, IFNAME)):
            with entered(place), suppress(FileNotFoundError):  # a kernel without IPv6
                write_sysctl(Sysctl(HOME, f"net/ipv6/conf/{ifname}/disable_ipv6", "1", ifname))
        _carry_out(there, bridge, [set_up(Up(HOME, IFNAME), up=True)])
        joining = join(Port(HOME, port, bridge), here.ifindex(bridge))
        _carry_out(here, bridge, [set_mtu(Mtu(HOME, port, mtu)), *joining, set_up(Up(HOME, port), up=True)])
        yield NamespaceVantage("stranger", home)


@contextmanager
def _channel(netns: int | str | None) -> Iterator[Channel]:
    with entered(netns):
        channel = Channel.open()
    try:
        yield channel
    finally:
        channel.close()


def _nameless() -> int:
    unshare()
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _carry_out(channel: Channel, bridge: str, requests: Sequence[Request]) -> None:
    for refusal in channel.send(requests).values():
        raise KernelError(f"plug a stranger into {bridge}", refusal.errno, refusal.text)
