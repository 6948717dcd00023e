"""The twin of a site with every hold let go, in which a hostile probe must arrive: what proves that it was a probe."""

from __future__ import annotations

from dataclasses import replace

from netproof.site.endpoints import GUARD_OFF
from netproof.site.model import Site
from netproof.site.nodes import Nic
from netproof.site.segments import Overlay


def opened(site: Site) -> Site:
    """Return `site` with every hold let go: no isolation, guard or policy, nothing private, VXLAN taken from anybody.

    Overlays flood and learn, every host forwards, and its isolated NICs are like others, but that they lead nowhere
    beyond their networks. All else is the same, names and MACs too.
    """
    bare = unisolated(site)
    return replace(
        bare,
        hosts={name: replace(h, forward=True, nics=tuple(map(_plain, h.nics))) for name, h in site.hosts.items()},
        segments={
            name: replace(segment, private=False, closed=False, overlay=_flooding(segment.overlay))
            for name, segment in bare.segments.items()
        },
        endpoints={name: replace(endpoint, guard=GUARD_OFF) for name, endpoint in site.endpoints.items()},
        policy=(),
    )


def unisolated(site: Site) -> Site:
    """Return `site` with no segment isolated, so that every bridge is among its host's own links."""
    return replace(
        site, segments={name: replace(segment, isolation=("none",)) for name, segment in site.segments.items()}
    )


def _flooding(overlay: Overlay | None) -> Overlay | None:
    """What is told where everybody is keeps frames for everybody where they are, and MACs where they belong."""
    return Overlay("flood") if overlay and overlay.is_told else overlay


def _plain(nic: Nic) -> Nic:
    """A host has one default route: that of an isolated NIC has no place beside it."""
    return replace(nic, isolated=None, gateways=()) if nic.isolated else nic
