"""Whether a lab has settled: every link that is up can carry frames, and every address can be used."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable, Iterator

from netproof.errors import ApplyError
from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.link import IFF_UP, RTM_GETLINK, dump_links, link_record
from netproof.kernel.netlink import Request
from netproof.kernel.netns import entered

PATIENCE = 10.0
"""Seconds; the slowest thing known, duplicate address detection, takes under two."""
_PAUSE = 0.005

_RTM_GETADDR = 22
_AF_INET6 = 10
_IFA_F_TENTATIVE = 0x40
_IFF_RUNNING = 0x40
_IFINFO, _IFADDR = struct.Struct("=BxHiII"), struct.Struct("=BBBBI")


def settle(netnses: Iterable[str], breathe: Callable[[], None]) -> None:
    """Return once all of `netnses` have settled; `breathe` is called where the waiting may be interrupted.

    Raises ApplyError that names what has not settled after `PATIENCE`.
    """
    deadline = time.monotonic() + PATIENCE
    waiting = list(netnses)
    while True:
        unsettled = {netns: why for netns in waiting if (why := list(_unsettled(netns)))}
        waiting = list(unsettled)
        if not waiting:
            return
        if time.monotonic() > deadline:
            named = "; ".join(f"{netns}: {', '.join(why)}" for netns, why in unsettled.items())
            raise ApplyError(f"the lab did not settle within {PATIENCE:.0f} s: {named}")
        breathe()
        time.sleep(_PAUSE)


def _waits_for_carrier(told: bytes) -> bool:
    # not IFF_LOWER_UP: a link gets its link-local address only when it is running, a little later
    flags = _IFINFO.unpack_from(told)[3]
    return bool(flags & IFF_UP and not flags & _IFF_RUNNING)


def _is_running(channel: Channel, told: bytes) -> bool:
    """Say whether a link that waited for its carrier in a dump is running when it is asked for alone.

    The kernel notices a carrier up to a second late where a veth's ends have the same index by chance (it then takes
    the link for one without a lower one, in no hurry), but at once when it is asked for that very link (6.9).
    """
    index = _IFINFO.unpack_from(told)[2]
    answer = channel.ask(Request(RTM_GETLINK, _IFINFO.pack(0, 0, index, 0, 0)))
    return not isinstance(answer, Refusal) and not _waits_for_carrier(answer)


def _unsettled(netns: str) -> Iterator[str]:
    with entered(netns):
        channel = Channel.open()
    try:
        for body in channel.dump(dump_links(), f"links of {netns}"):
            if _waits_for_carrier(body) and not _is_running(channel, body):
                yield f"{link_record(body).ifname} has no carrier"
        for body in channel.dump(Request(_RTM_GETADDR, _IFADDR.pack(_AF_INET6, 0, 0, 0, 0)), f"addresses of {netns}"):
            if _IFADDR.unpack_from(body)[2] & _IFA_F_TENTATIVE:
                yield "an IPv6 address is tentative"
    finally:
        channel.close()
