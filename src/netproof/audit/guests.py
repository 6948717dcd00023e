"""Who is plugged into a bridge by a veth: the port here, the link there, and how to get in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netproof.state.facts import Facts, Link
from netproof.state.inhabitants import Guest, GuestLink


@dataclass(frozen=True, slots=True)
class Lodger:
    """The guest at a port: `link` is its end of the veth."""

    port: Link
    link: GuestLink
    guest: Guest

    @property
    def file(self) -> str:
        """The file by which its namespace can be entered."""
        return self.guest.path or f"/proc/{self.guest.inhabitants[0].pid}/ns/net"

    @property
    def inside(self) -> tuple[str, ...]:
        """The words before a command that is to run in its namespace."""
        return ("nsenter", f"--net={self.file}")


def lodgers(facts: Facts, bridge: str) -> Iterator[Lodger]:
    """Yield the guests at the ports of a bridge whose namespaces can be seen."""
    for port in facts.ports(bridge):
        guest = facts.guests.get(-1 if port.lower_netns is None else port.lower_netns)
        if guest is not None and port.kind == "veth" and port.lower_index in guest.links:
            yield Lodger(port, guest.links[port.lower_index], guest)
