"""What a lab's nodes are called: node N of site S is the named network namespace ``lab.S.N``, the twin's ``twin.S.N``.

Names of sites and declared nodes have no dot; a probe's has one (``probe.dmz``), so only the first two dots divide.
"""

from __future__ import annotations

from typing import Literal

from netproof.site.model import Site

Kind = Literal["lab", "twin"]
"""The lab itself, or the opened twin beside it that gives a proof its controls."""

KINDS: tuple[Kind, ...] = ("lab", "twin")

MARK = "netproof-lab"
"""First word of the ifalias on the `lo` of every namespace of a lab, and on every wire: it is how `down` knows them."""

APPLIED = "netproof"
"""The same of what an apply to one of its hosts made: an endpoint, say, that its site has since the lab was built."""

SWITCH = "br0"
"""The bridge inside a network's namespace."""


def netns_of(kind: Kind, site: str, node: str) -> str:
    """Return the named network namespace of `node`."""
    return f"{kind}.{site}.{node}"


def node_names(site: Site) -> tuple[str, ...]:
    """Name every node of the lab of `site`: networks first, then hosts with their annexes, stations and endpoints."""
    annexes = (annex.name for annex in site.annexes)
    return (*site.networks, *site.hosts, *annexes, *site.stations, *site.endpoints)
