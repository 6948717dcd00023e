"""One realm of a proof, the lab, its open twin or a live host: every ear open, every mouth ready, in one thread.

A node that cannot be entered, or a place that cannot be listened at, is remembered with its reason, never raised:
what depends on it is inconclusive.
"""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from netproof.errors import NetproofError
from netproof.proof import frames
from netproof.proof.ears import (
    AT_BRIDGES,
    AT_PORTS,
    Ear,
    icmp_ear,
    joined,
    packet_socket,
    port_ear,
    transport_ear,
    udp_ear,
    wire_ear,
)
from netproof.proof.ground import Hear, Refused, Take
from netproof.proof.hush import knows_signatures, muted, tcp_port
from netproof.proof.mouths import LED, chosen, mute_icmp
from netproof.proof.packets import MARK_AT
from netproof.proof.parties import Spot, stack_of
from netproof.proof.probe import UDP_PORT, OwnStack, Shot
from netproof.proof.scene import Scene, absent
from netproof.proof.vantage import MARK
from netproof.proof.vxlan import Fabric
from netproof.values.address import Family, family_of

_FAMILY: dict[Family, socket.AddressFamily] = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_LOOPBACK: dict[int, str] = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_TENTATIVE, _LINK_LOCAL = 0x40, "20"
_DETECTION = 4.0
"""Seconds that duplicate address detection may take: up to one of delay, one or two of asking."""


class Realm:
    """The sockets of one realm. `name` is told to people; `lost` says why a node or spot could not be used."""

    def __init__(self, name: str, scene: Scene) -> None:
        self.name, self.scene = name, scene
        self.ears: list[Ear] = []
        self._ears_at: dict[Spot, list[Ear]] = {}
        self.lost: dict[Spot | str, str] = {}
        self._fabric = Fabric.of(scene.site)
        self._mouths: dict[Spot, socket.socket] = {}
        self._stacks: dict[tuple[str, socket.AddressFamily], socket.socket] = {}
        self._memberships: list[socket.socket] = []
        self._pretenders: dict[tuple[str, socket.AddressFamily], socket.socket] = {}
        self._hushed: dict[tuple[str, socket.AddressFamily, int], socket.socket] = {}

    @property
    def kernel(self) -> str:
        """The release of the kernel here."""
        return os.uname().release

    def open(self) -> None:
        """Open every ear and mouth of every node that has a vantage, which may be many."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for node, vantage in self.scene.vantages.items():
            try:
                with vantage.enter():
                    self._open_node(node)
            except (OSError, NetproofError) as error:
                self.lost[node] = f"{node}: {error}"
        for annex in (a for a in self.scene.site.annexes if a.host in self.scene.vantages):
            if why := absent(annex.name) if annex.name not in self.scene.vantages else self.lost.get(annex.name):
                self.lost |= {stack_of(annex.host, family): why for family in _FAMILY}

    def await_addresses(self) -> None:
        """Wait until no IPv6 address is tentative, for `_DETECTION` seconds at the most: until then it is mute."""
        deadline = time.monotonic() + _DETECTION
        while any(map(self._is_tentative, self.scene.vantages)) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _is_tentative(self, node: str) -> bool:
        """Tell whether an address of `node` is tentative, or an endpoint's link-local one is still to come."""
        try:
            with self.scene.vantages[node].enter():
                lines = [n.split() for n in Path("/proc/thread-self/net/if_inet6").read_text("ascii").splitlines()]
                is_endpoint = node in self.scene.site.endpoints
                speaks = is_endpoint and Path("/proc/sys/net/ipv6/conf/eth0/disable_ipv6").read_text("ascii") == "0\n"
        except (OSError, NetproofError):  # gone, or without IPv6: then it has nothing to wait for
            return False
        awaited = speaks and not any(scope == _LINK_LOCAL and name == "eth0" for _, _, _, scope, _, name in lines)
        return awaited or any(int(flags, 16) & _TENTATIVE for *_, flags, _ in lines)

    def sources(self) -> Iterator[tuple[int, Hear]]:
        """Yield the descriptor of every ear, and how it is asked what it heard."""
        yield from ((ear.sock.fileno(), partial(_hand_over, ear)) for ear in self.ears)

    def expect(self, packet: bytes) -> None:
        """Do nothing: every ear here hands over all that it hears."""

    def catch_up(self) -> None:
        """Have all that was heard ready to be taken in: the kernel has, in the sockets."""

    def close(self) -> None:
        """Close all sockets; each packet socket takes the kernel a grace period, so they go side by side."""
        every = [*(e.sock for e in self.ears), *self._mouths.values(), *self._stacks.values()]
        every += [*self._memberships, *self._pretenders.values(), *self._hushed.values()]
        if every:
            with ThreadPoolExecutor(min(32, len(every))) as pool:
                list(pool.map(socket.socket.close, every))

    def is_busy(self) -> bool:
        """Tell that it is not: whatever was asked for here is done, or has raised."""
        return False

    def put(self, spot: Spot, frame: bytes, _fate: object) -> None:
        """Put `frame` on the wire at `spot`. Raises OSError if it cannot leave."""
        mouth = self._mouths.get(spot)
        if mouth is None:
            raise OSError(self._why_lost(spot))
        mouth.send(frame)

    precede = put

    def hush(self, node: str, frame: bytes, _refused: Refused) -> None:
        """Let the stack of `node` say nothing to a TCP segment that we answer. Raises OSError if it would."""
        there = None if knows_signatures() else tcp_port(frame)
        if there and (node, *there) not in self._hushed:
            with self.scene.vantage(node).enter():
                self._hushed[node, *there] = muted(*there)

    def is_wrapped(self, spot: Spot, frame: bytes) -> bool:
        """Tell whether a frame at `spot` is in a tunnel between the site's VTEPs: that it is seen there is no arrival.

        Who carries the tunnels sees what is in them; that they are not encrypted is told, and not claimed.
        """
        return spot.node in self.scene.site.stations and self._fabric.carries(frame)

    def led(self, shot: Shot, stack: ExitStack, _refused: Refused) -> None:
        """Put the host route that `shot` needs in place until `stack` closes. Raises OSError or NetproofError."""
        if isinstance(shot.load, OwnStack) and shot.load.via:
            vantage = self.scene.vantage(shot.sender.node)
            stack.enter_context(vantage.route(str(shot.load.to), str(shot.load.via), shot.sender.where, MARK))

    def forget_neighbours(self, *, unanswered: bool) -> None:
        """Let every stack on a segment or network forget whom it met, or is asking for, there; one that is gone has."""
        for node, vantage in self.scene.vantages.items():
            with suppress(OSError, NetproofError):
                vantage.forget_neighbours(self._links(node), unanswered=unanswered)

    def _links(self, node: str) -> tuple[str, ...]:
        site = self.scene.site
        if node in site.stations:
            return tuple(nic.name for nic in site.stations[node].nics)
        return ("eth0",) if node in site.endpoints else self.scene.bridges(node)

    def pulse(self, token: bytes) -> None:
        """Let every ear hear `token` from its own node; a place from which nothing can be sent is doubted."""
        for ear in (e for e in self.ears if e.pulses):
            ear.pulse = False
            try:
                self._pulse(ear, token)
            except (OSError, NetproofError) as error:
                ear.doubt = ear.doubt or f"{ear.spot.node}: nothing can be sent at {ear.spot.where}: {error}"

    def silence(self, spot: Spot) -> str | None:
        """Return why `spot` cannot vouch that nothing came out there; None if it can."""
        here = self._ears_at.get(spot)
        return next((s for e in here if (s := e.silence())), self.lost.get(spot)) if here else self._why_lost(spot)

    def _why_lost(self, spot: Spot) -> str:
        if spot.node not in self.scene.vantages:
            return absent(spot.node)
        return self.lost.get(spot) or self.lost.get(spot.node) or f"{spot.node}: nobody watches {spot.where}"

    def _open_node(self, node: str) -> None:
        site = self.scene.site
        if node in site.hosts:
            self._open_host(node, node)
            self._open_stacks(node)
        elif node in site.stations:
            self._open_wires(node, tuple(n.name for n in site.stations[node].nics))
        elif node in site.endpoints:
            self._open_wires(node, ("eth0",))
        elif annex := next((a for a in site.annexes if a.name == node), None):
            self._open_host(annex.host, node)

    def _open_wires(self, node: str, ifnames: tuple[str, ...]) -> None:
        for spot in (Spot(node, ifname) for ifname in ifnames):
            with self._noting(spot):
                self._listen(wire_ear(spot))
                self._mouths[spot] = packet_socket(spot.where)
        self._open_stacks(node)

    def _open_host(self, node: str, room: str) -> None:
        """Listen at what of the host `node` is in `room`, its own namespace or an annex: the caller is in there."""
        for name, family in _FAMILY.items():
            spot = stack_of(node, name)
            with self._noting(spot):
                self._listen(icmp_ear(spot, family))
                self._listen(udp_ear(spot, family))
                if any(node in line.to for line in self.scene.site.policy):
                    for protocol in MARK_AT:
                        self._listen(transport_ear(spot, family, protocol))
        for endpoint in (e for e in self.scene.site.endpoints.values() if e.host == node):
            if self.scene.room(endpoint.segment, node) != room:
                continue
            port = Spot(node, self.scene.port(endpoint.name))
            with self._noting(port):
                for protocol in AT_PORTS:
                    self._listen(port_ear(port, protocol))
        for ifname in self.scene.bridges(room):
            self._open_bridge(Spot(node, ifname))

    def _open_bridge(self, bridge: Spot) -> None:
        with self._noting(bridge):
            for protocol in AT_BRIDGES:
                self._listen(port_ear(bridge, protocol))
        for name, family in _FAMILY.items() if not self.scene.live else ():  # a real host is not to join anything
            with self._noting(stack_of(bridge.node, name)):
                self._memberships.append(joined(bridge.where, family))

    def _listen(self, ear: Ear) -> None:
        self.ears.append(ear)
        self._ears_at.setdefault(ear.spot, []).append(ear)

    def _open_stacks(self, node: str) -> None:
        for name, family in _FAMILY.items():
            with self._noting(stack_of(node, name)):
                self._stacks[node, family] = mute_icmp(family)

    @contextmanager
    def _noting(self, spot: Spot) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.lost[spot] = f"{spot.node}: cannot use {spot.where}: {error.strerror}"

    def say(self, sender: Spot, load: OwnStack, token: bytes, _fate: object) -> None:
        """Have the stack at `sender` send a ping around `token`. Raises OSError or NetproofError if it cannot leave."""
        to = load.to
        stack = self._stacks.get((sender.node, _FAMILY[family_of(to)]))
        if stack is None:
            raise OSError(self._why_lost(sender))
        scope = self.scene.ifindex(sender) if to.is_link_local and to.version == 6 else 0
        where = (str(to), 0, 0, scope) if to.version == 6 else (str(to), 0)
        room = (load.size or 0) - frames.echo_overhead(to)
        ancillary = [chosen(load.chosen)] if load.chosen else []
        ancillary += [LED] if load.via else []
        if load.source is None:
            stack.sendmsg([frames.echo_message(to, to, token.ljust(room, b"\0"))], ancillary, 0, where)
        else:
            whole = frames.echo(load.source, to, token)
            self._pretender(sender.node, family_of(to)).sendmsg([whole], ancillary, 0, where)

    def _pretender(self, node: str, family: Family) -> socket.socket:
        """Return a socket that sends what has its IP header, source and all, through the IP stack of `node`."""
        key = (node, _FAMILY[family])
        if key not in self._pretenders:
            with self.scene.vantage(node).enter():
                self._pretenders[key] = socket.socket(_FAMILY[family], socket.SOCK_RAW, socket.IPPROTO_RAW)
        return self._pretenders[key]

    def _pulse(self, ear: Ear, token: bytes) -> None:
        if ear.spot in self._mouths:
            mac = self.scene.vantages[ear.spot.node].mac(ear.spot.where)
            self._mouths[ear.spot].send(frames.ethernet(mac, mac, frames.EXPERIMENTAL, token))
        elif ear.sock.type == socket.SOCK_RAW:
            loopback = ip_address(_LOOPBACK[ear.sock.family])
            said = frames.echo_message(loopback, loopback, token)
            if ear.sock.proto in MARK_AT:
                said = bytes(MARK_AT[ear.sock.proto]) + token
            ear.sock.sendto(said, (str(loopback), 0))
        else:
            ear.sock.sendto(token, (_LOOPBACK[ear.sock.family], UDP_PORT))


def _hand_over(ear: Ear, take: Take) -> bool:
    for packet, outgoing, by in ear.hear():
        take(ear, packet, outgoing, by)
    return not ear.dead
