"""The twin of a site with every hold let go, in which a hostile probe must arrive: what proves that it was a probe."""

from __future__ import annotations

from dataclasses import replace

from netproof.site.model import GUARD_OFF, Site


def opened(site: Site) -> Site:
    """Return `site` with every hold let go: no isolation, guard or policy, nothing private, VXLAN taken from anybody.

    Every host forwards. All else is the same, names and MACs too.
    """
    return replace(
        site,
        hosts={name: replace(host, forward=True) for name, host in site.hosts.items()},
        segments={
            name: replace(segment, isolation=("none",), private=False, closed=False)
            for name, segment in site.segments.items()
        },
        endpoints={name: replace(endpoint, guard=GUARD_OFF) for name, endpoint in site.endpoints.items()},
        policy=(),
    )
