"""What every pass of the compiler sees: the site, the host it compiles for, and what that host's kernel can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from netproof.compiler.reason import Reason
from netproof.firewall.line import Line
from netproof.isolation.choice import Choice
from netproof.site.endpoints import Endpoint
from netproof.site.model import Site
from netproof.site.nodes import Host
from netproof.site.segments import Annex, Gateway, Segment
from netproof.state.object import HOME, KernelObject
from netproof.values.naming import bridge_ifname, bridge_mac, gateway_mac, port_ifname, vxlan_ifname

Wanted = tuple[KernelObject, Reason]
Pass = Callable[["Situation"], Iterator[Wanted]]


@dataclass(frozen=True, slots=True)
class Situation:
    """A site seen from one of its hosts.

    `isolation` holds the choice for every segment that is on the host, and `mtus` the largest packet in bytes that
    all of the segment carries; `lines` those of the policy that decide between members of a segment at its ports.
    `native_tracking`: the kernel tracks connections in family bridge.
    """

    site: Site
    host: Host
    segments: tuple[Segment, ...]
    isolation: Mapping[str, Choice]
    mtus: Mapping[str, int]
    netns_of: Callable[[Endpoint | Annex], str]
    lines: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    native_tracking: bool = False

    def bridge(self, segment: Segment) -> str:
        """Name the bridge of `segment`."""
        return bridge_ifname(self.site.name, segment.name)

    def netns(self, segment: Segment) -> str:
        """Name the namespace in which the bridge of `segment` is, and all that is on it."""
        annex = segment.annex(self.host.name)
        return self.netns_of(annex) if annex else HOME

    def placed(self, segment: Segment, thing: KernelObject) -> KernelObject:
        """Return `thing` where the bridge of `segment` is: features write of it as if that were at home."""
        netns = self.netns(segment)
        return replace(thing, netns=netns) if netns != HOME == thing.netns else thing

    @property
    def at_home(self) -> tuple[Segment, ...]:
        """The segments whose bridges are among the host's own links."""
        return tuple(s for s in self.segments if not s.annex(self.host.name))

    def gateway(self, segment: Segment) -> Gateway | None:
        """Return the gateway of `segment` if this host is one of those that route for it."""
        gateway = segment.gateway
        return gateway if gateway and self.host.name in gateway.hosts else None

    def bridge_mac(self, segment: Segment) -> str:
        """Return the MAC of the bridge: its own, or that of the gateway, which all hosts of a gateway share."""
        if self.gateway(segment):
            return gateway_mac(self.site.name, segment.name)
        return bridge_mac(self.site.name, segment.name, self.host.name)

    def endpoints(self, segment: Segment) -> list[Endpoint]:
        """Return the endpoints of `segment` that are on this host, by name."""
        return sorted(
            (e for e in self.site.endpoints_of(segment.name) if e.host == self.host.name), key=lambda e: e.name
        )

    def is_policed(self, segment: Segment) -> bool:
        """Say whether a line of the policy decides anything between members of `segment` at the ports of this host."""
        return bool(self.lines.get(segment.name))

    def hands_on(self, segment: Segment) -> bool:
        """Say whether the bridge of `segment` hands its frames to the hooks of the IP families, to be tracked there."""
        return self.is_policed(segment) and not self.native_tracking

    def port(self, endpoint: Endpoint) -> str:
        """Name the host's end of an endpoint's attachment."""
        return endpoint.ifname or port_ifname(self.site.name, endpoint.name)

    def uplinks(self, segment: Segment) -> list[str]:
        """Name the NICs of this host that are bridged into `segment`."""
        return [u.nic for u in segment.uplinks if u.host == self.host.name]

    def vxlan(self, segment: Segment) -> str | None:
        """Name the VXLAN device of `segment`; None if it is not stretched."""
        return vxlan_ifname(self.site.name, segment.name) if segment.vni is not None else None

    def unguarded(self, segment: Segment) -> list[str]:
        """Name the ports of this host's bridge of `segment` that are no endpoint's: uplinks, and the VXLAN device."""
        vxlan = self.vxlan(segment)
        return [*self.uplinks(segment), *([vxlan] if vxlan else [])]

    def mtu(self, segment: Segment) -> int:
        """Return the largest packet in bytes that `segment` carries on whatever way, between whatever hosts."""
        return self.mtus[segment.name]
