"""Frames to link-local groups, which meet a host at the port of an endpoint and not behind its bridge."""

from __future__ import annotations

from netproof.proof.aims import has_way_to_host
from netproof.site.model import Site


def at_own_port(site: Site, from_: str, to: str, family: str) -> bool:
    """Tell whether `to` is the host of endpoint `from_`, whose guard holds back frames to these groups."""
    endpoint = site.endpoints.get(from_)
    here = endpoint is not None and endpoint.host == to and endpoint.guard.linklocal
    return here and has_way_to_host(site, from_, to, family)
