"""By which port of a host's bridge a member's frames come in: what tells whether that bridge lies between two."""

from __future__ import annotations

from netproof.proof.parties import Stand
from netproof.site.model import Site

OVERLAY = "@overlay"
"""The port that leads to the other hosts; no declared name has an @."""


def port_of(site: Site, stand: Stand, host: str) -> str | None:
    """Return what stands for the port by which frames from `stand` come to the bridge on `host`.

    None if they come from another host by some uplink: it takes a map of all networks to tell which.
    """
    segment = site.segments[stand.segment]
    if stand.node in site.endpoints:
        here, port = site.endpoints[stand.node].host == host, stand.node
    else:
        port = site.stations[stand.node].nic(stand.ifname).network
        here = any(u.host == host and site.hosts[host].nic(u.nic).network == port for u in segment.uplinks)
    if here:
        return port
    return OVERLAY if segment.vni is not None else None
