"""Where a proof on a live host stands: at the host itself and at those of its endpoints that can be entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netproof.cli.live import endpoint_netns, port_netns
from netproof.declared.text import meant

if TYPE_CHECKING:
    from netproof.kernel.vantage import NamespaceVantage
    from netproof.site.endpoints import Endpoint
    from netproof.site.model import Site

Vantages = dict[str, "NamespaceVantage"]


def require_host(site: Site, host: str) -> None:
    """Raise UsageError if the site has no such host, CannotError without the right to prove it."""
    from netproof.errors import UsageError
    from netproof.kernel.privilege import require_root

    if host not in site.hosts:
        raise UsageError(f'site "{site.name}" has no host "{host}"{meant(host, site.hosts)}')
    require_root("CAP_NET_RAW")


@contextmanager
def live_vantages(site: Site, host: str, netns: str | None) -> Iterator[tuple[Vantages, dict[str, str]]]:
    """Yield where to watch from on this live host, and the endpoints that are cut off, each with why.

    Raises UsageError if the site has no such host, or there is no such namespace; CannotError without the right to.
    """
    from netproof.kernel.netns import entered, exists
    from netproof.kernel.vantage import NamespaceVantage

    require_host(site, host)
    with entered(netns):  # it must be there: what cannot be watched is elsewhere, and would only be counted
        pass
    vantages = {host: NamespaceVantage(host, netns)}
    wanted = {e: endpoint_netns(site, e, netns) for e in site.endpoints.values() if e.host == host}
    there = {endpoint: name for endpoint, name in wanted.items() if exists(name)}
    absent = {e.name: f"there is no netns {wanted[e]}; `netproof apply` makes it" for e in wanted if e not in there}
    cut_off = {**absent, **_cut_off(site, there, netns)}
    for endpoint, name in there.items():
        if endpoint.name not in cut_off:
            vantages[endpoint.name] = NamespaceVantage(endpoint.name, name)
    for annex in (a for a in site.annexes if a.host == host):
        vantages[annex.name] = NamespaceVantage(annex.name, endpoint_netns(site, annex, netns))
    yield vantages, cut_off


def _cut_off(site: Site, there: Mapping[Endpoint, str], netns: str | None) -> dict[str, str]:
    """Return which endpoints are not at the far end of their port, or at one that is down, and why.

    Whatever is called eth0 in such a namespace is its root's own: what is heard or not heard there proves nothing.
    Raises CannotError where the host could hear nothing at all, for its `lo` is down.
    """
    from netproof.attachments.attachment import GUEST_IFNAME
    from netproof.change.kernel import Scope
    from netproof.errors import CannotError
    from netproof.kernel.linux import LinuxKernel
    from netproof.state.links import Veth
    from netproof.state.object import HOME, link_key
    from netproof.values.naming import port_ifname

    rooms = {endpoint: port_netns(site, endpoint, netns) for endpoint in there}
    with LinuxKernel(netns) as kernel:
        state = kernel.read(Scope(site.name, frozenset({*there.values(), *rooms.values()} - {HOME}))).state
    if ("up", HOME, "lo") not in state:
        in_netns = f"-n {netns} " if netns else ""
        raise CannotError(f"lo is down, and who listens must hear itself by it: run `ip {in_netns}link set lo up`")
    found = {}
    for endpoint, name in there.items():
        port = endpoint.ifname or port_ifname(site.name, endpoint.name)
        pair = state.get(link_key(rooms[endpoint], port))
        if not (isinstance(pair, Veth) and (pair.peer_netns, pair.peer_ifname) == (name, GUEST_IFNAME)):
            found[endpoint.name] = f"{port} does not lead to an {GUEST_IFNAME} in netns {name}"
        elif ("up", rooms[endpoint], port) not in state:
            found[endpoint.name] = f"its port {port} is down"
    return found
