"""What is legal in a site but hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.errors import Problem
from netproof.site.model import Site
from netproof.site.place import Place
from netproof.site.policy import PolicyLine, Traffic

_DHCP = ((67, 68), (546, 547))
"""The ports of servers and clients, in IPv4 and in IPv6: who names no others means DHCP."""
_CLIENTS = (68, 546)


def warnings(site: Site) -> tuple[Problem, ...]:
    """Return what the site alone tells: nothing here stops anything."""
    return tuple(sorted((*_packets_too_big(site), *_nobody_there(site), *_dhcp_held(site))))


def _warning(place: Place, message: str) -> Problem:
    return Problem(place.file, place.line, place.column, message)


def _packets_too_big(site: Site) -> Iterator[Problem]:
    for node in (*site.hosts.values(), *site.stations.values()):
        for nic in node.nics:
            network = site.networks[nic.network]
            if nic.mtu is not None and nic.mtu > network.mtu:
                message = f"{node.name}: {nic.name} sends packets of {nic.mtu} bytes; network {network.name} carries"
                yield _warning(nic.place, f"{message} {network.mtu}")


def _nobody_there(site: Site) -> Iterator[Problem]:
    for segment in site.segments.values():
        if not segment.uplinks and next(site.endpoints_of(segment.name), None) is None:
            message = f'segment "{segment.name}" has neither endpoints nor uplinks: nothing is made of it'
            yield _warning(segment.place, message)


def _dhcp_held(site: Site) -> Iterator[Problem]:
    """What goes to the ports of DHCP clients is a server's answer, which a guard drops whatever the policy allows."""
    for line in (line for line in site.policy if line.allow):
        told = next((str(traffic) for traffic in line.traffic if _is_dhcp_answer(traffic)), "")
        held = [name for name in _senders(site, line) if site.endpoints[name].guard.dhcp] if told else []
        if held:
            who, whose = ", ".join(held), "its guard drops" if len(held) == 1 else "their guards drop"
            message = f"{told} is allowed from {who}, and {whose} what a DHCP server would answer"
            yield _warning(line.place, f"{message}: a server says guard: {{dhcp: off}}")


def _is_dhcp_answer(traffic: Traffic) -> bool:
    if traffic.protocol != "udp" or traffic.first is None or traffic.last is None:
        return False
    ports = range(traffic.first, traffic.last + 1)
    return any(port in ports for port in _CLIENTS) and any(set(ports) <= set(pair) for pair in _DHCP)


def _senders(site: Site, line: PolicyLine) -> list[str]:
    """Return the endpoints that `line` names as senders, by their names or their segment's."""
    return [e.name for e in site.endpoints.values() if e.name in line.from_ or e.segment in line.from_]
