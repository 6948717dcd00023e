"""A node seen by the prover: a namespace it may enter, and what it must know of the links there."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from netproof.errors import KernelError
from netproof.kernel.address import dump_addresses, read_address
from netproof.kernel.channel import BATCH, Channel, Refusal
from netproof.kernel.link import LinkRecord, dump_links, link_record
from netproof.kernel.neighbour import delete_learned, dump_neighbours
from netproof.kernel.netlink import Request
from netproof.kernel.netns import entered
from netproof.kernel.route import create_route, delete_route
from netproof.kernel.rule import create_rule, delete_rule
from netproof.state.layer3 import Route, Rule
from netproof.state.object import HOME

_BEFORE_ALL_OTHERS = 1
"""Priority of a rule: right after the kernel's own for what is local."""


class NamespaceVantage:
    """The node `node` in the namespace `netns`, a name or a descriptor; None is the namespace of the calling thread.

    Every method opens the namespace anew, so that one that vanished is told (UsageError) and none is held open.
    """

    def __init__(self, node: str, netns: int | str | None) -> None:
        self.node = node
        self.netns = netns

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Put the calling thread into the namespace, and back again."""
        with entered(self.netns):
            yield

    def links(self) -> tuple[str, ...]:
        """Return the names of its links, `lo` among them."""
        with self._channel() as channel:
            return tuple(link.ifname for link in _links(channel))

    def mac(self, ifname: str) -> str:
        """Return a link's MAC. Raises KernelError if there is no such link."""
        return self._link(ifname).mac

    def ifindex(self, ifname: str) -> int:
        """Return a link's index. Raises KernelError if there is no such link."""
        return self._link(ifname).index

    def addresses(self, ifname: str) -> tuple[str, ...]:
        """Return a link's addresses without prefix length, the kernel's link-locals left out."""
        with self._channel() as channel:
            names = {link.index: link.ifname for link in _links(channel)}
            macs = {link.index: link.mac for link in _links(channel) if link.mac}
            bodies = channel.dump(dump_addresses(), "addresses")
        read = [read_address(HOME, body, names, macs) for body in bodies]
        return tuple(found[0].address.partition("/")[0] for found in read if found and found[0].ifname == ifname)

    @contextmanager
    def route(self, to: str, via: str, ifname: str, mark: int) -> Iterator[None]:
        """Send what bears `mark` and is for the address `to` by `via` on `ifname`, whether or not that is a neighbour.

        ``ip route add TO via VIA dev IFNAME onlink table MARK``, and the rule that leads what bears the mark there: no
        other packet of the namespace takes that way. Taken away at the end, and first if a killed prover left it
        behind. Raises KernelError, or OSError if there is no such link.
        """
        prefix, family = (f"{to}/128", "ipv6") if ":" in to else (f"{to}/32", "ipv4")
        route = Route(HOME, prefix, via=via, ifname=ifname, table=mark)
        rule = Rule(HOME, family, _BEFORE_ALL_OTHERS, destination=prefix, fwmark=mark, table=mark)
        with self._channel() as channel:
            index = channel.ifindex(ifname)
            channel.send([delete_rule(rule), delete_route(route, index)])
            self._tell(channel, create_route(route, index, onlink=True), f"create {route.describe()} at {self.node}")
            try:
                self._tell(channel, create_rule(rule), f"create {rule.describe()} at {self.node}")
                yield
            finally:
                channel.send([delete_rule(rule)])
                self._tell(channel, delete_route(route, index), f"delete {route.describe()} at {self.node}")

    def forget_neighbours(self, ifnames: tuple[str, ...], *, unanswered: bool) -> None:
        """Delete the neighbours that the kernel found on these links, as ``ip neigh flush dev IFNAME`` does.

        `unanswered`: those too that it is still asking for.
        """
        with self._channel() as channel:
            indexes = set()
            for ifname in ifnames:
                with suppress(OSError):  # gone meanwhile, and its neighbours with it
                    indexes.add(channel.ifindex(ifname))
            bodies = channel.dump(dump_neighbours(), "neighbours")
            found = [r for b in bodies if (r := delete_learned(b, indexes, unanswered=unanswered))]
            for at in range(0, len(found), BATCH):
                channel.send(found[at : at + BATCH])  # one that is gone meanwhile is forgotten, too

    def _link(self, ifname: str) -> LinkRecord:
        with self._channel() as channel:
            for link in _links(channel):
                if link.ifname == ifname:
                    return link
        raise KernelError(f"find link {ifname} at {self.node}", errno.ENODEV)

    @contextmanager
    def _channel(self) -> Iterator[Channel]:
        with entered(self.netns):
            channel = Channel.open()
        try:
            yield channel
        finally:
            channel.close()

    def _tell(self, channel: Channel, request: Request, what: str) -> None:
        refused: dict[int, Refusal] = channel.send([request])
        if refused:
            raise KernelError(what, refused[0].errno, refused[0].text)


def _links(channel: Channel) -> list[LinkRecord]:
    return [link_record(body) for body in channel.dump(dump_links(), "links")]
