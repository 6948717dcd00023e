"""What every pass of the compiler sees: the site, the host it compiles for, and what that host's kernel can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from netproof.compiler.reason import Reason
from netproof.isolation.choice import Choice
from netproof.site.model import Endpoint, Host, Segment, Site
from netproof.state.object import KernelObject
from netproof.values.naming import bridge_ifname, port_ifname

Wanted = tuple[KernelObject, Reason]
Pass = Callable[["Situation"], Iterator[Wanted]]

ETHERNET_MTU = 1500


@dataclass(frozen=True, slots=True)
class Situation:
    """A site seen from one of its hosts. `isolation` holds the choice for every segment that is on the host."""

    site: Site
    host: Host
    segments: tuple[Segment, ...]
    isolation: Mapping[str, Choice]
    netns_of: Callable[[Endpoint], str]

    def bridge(self, segment: Segment) -> str:
        """Name the bridge of `segment`."""
        return bridge_ifname(self.site.name, segment.name)

    def endpoints(self, segment: Segment) -> list[Endpoint]:
        """Return the endpoints of `segment` that are on this host, by name."""
        return sorted(
            (e for e in self.site.endpoints_of(segment.name) if e.host == self.host.name), key=lambda e: e.name
        )

    def port(self, endpoint: Endpoint) -> str:
        """Name the host's end of an endpoint's attachment."""
        return endpoint.ifname or port_ifname(self.site.name, endpoint.name)

    def uplinks(self, segment: Segment) -> list[str]:
        """Name the NICs of this host that are bridged into `segment`."""
        return [u.nic for u in segment.uplinks if u.host == self.host.name]

    def mtu(self, segment: Segment) -> int:
        """Return the largest packet in bytes that every uplink of `segment`, on whatever host, carries."""
        nics = [self.site.hosts[u.host].nic(u.nic) for u in segment.uplinks]
        mtus = [mtu for n in nics for mtu in (n.mtu, self.site.networks[n.network].mtu) if mtu]
        return min(mtus, default=ETHERNET_MTU)
