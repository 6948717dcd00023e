"""How large a packet a stretched segment carries: computed here from what the site says of its networks, then tried.

::

    outer:  IP 20 or 40 │ UDP 8 │ VXLAN 8 │ Ethernet 14 (│ tag 4) │ the packet
            └──────────────────── the underlay's MTU ────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from netproof.proof.aims import neighbours, ping, shared_segment
from netproof.proof.claim import Claim
from netproof.proof.frames import DOT1Q
from netproof.proof.honest import unicast
from netproof.proof.parties import Same, Stand
from netproof.proof.probe import Shot
from netproof.proof.scene import Scene
from netproof.proof.tags import tagged
from netproof.site.model import Site
from netproof.site.nodes import Nic
from netproof.values.address import Address

_UDP, _VXLAN, _ETHERNET, _TAG = 8, 8, 14, 4


def are_apart(site: Site, from_: str, to: str) -> bool:
    """Tell whether two endpoints are on different hosts of one stretched segment."""
    mine, its = site.endpoints.get(from_), site.endpoints.get(to)
    if mine is None or its is None or mine.segment != its.segment or mine.host == its.host:
        return False
    return site.segments[mine.segment].vni is not None


def full_size(site: Site, segment: str) -> int:
    """Return how many bytes an IP packet has at the most that all of the stretched `segment` carries."""
    return _full_size(Same(site), segment)


@lru_cache(maxsize=1024)
def _full_size(key: Same, segment: str) -> int:
    site = key.site
    tag = _TAG if any(not e.guard.vlan for e in site.endpoints_of(segment)) else 0
    sizes = [_carried(site, site.hosts[u.host].nic(u.nic)) for u in site.segments[segment].uplinks]
    for host, vtep in site.vteps_of(segment).items():
        nic = next(n for n in site.hosts[host].nics if vtep in (a.ip for a in n.addresses))
        around = (20 if vtep.version == 4 else 40) + _UDP + _VXLAN + _ETHERNET + tag
        sizes.append(_carried(site, nic) - around)
    return min(sizes)


def _carried(site: Site, nic: Nic) -> int:
    mtus = [site.networks[nic.network].mtu, *([nic.mtu] if nic.mtu else [])]
    return min(mtus)


def applies(site: Site, from_: str, to: str, family: str) -> bool:
    """Tell whether `from_` can send `to`, at the far end of a tunnel, a packet of `family`."""
    return any(_far(site, from_, to, family))


def sized(scene: Scene, claim: Claim, excess: int = 0) -> Iterator[Shot]:
    """Yield a ping of full size and `excess` bytes to each address of the far endpoint, never to be fragmented."""
    for mine, its, target in _far(scene.site, claim.from_, claim.to, claim.family):
        size = full_size(scene.site, mine.segment) + excess
        yield Shot(f"{target} in {size} bytes", mine.spot, ping(mine, target, size=size), its.spot)


def _far(site: Site, from_: str, to: str, family: str) -> Iterator[tuple[Stand, Stand, Address]]:
    if are_apart(site, from_, to):
        yield from neighbours(site, from_, to, family)


def tagged_applies(site: Site, from_: str, to: str, _family: str) -> bool:
    """Tell whether `from_` may send tagged frames, and `to` is at the far end of a tunnel."""
    return are_apart(site, from_, to) and not site.endpoints[from_].guard.vlan


def tagged_sized(scene: Scene, claim: Claim, excess: int = 0) -> Iterator[Shot]:
    """Yield an 802.1Q frame to the far endpoint with a packet of full size and `excess` bytes in it."""
    for mine, its in shared_segment(scene.site, claim.from_, claim.to):
        size = full_size(scene.site, mine.segment) + excess
        frame = tagged(unicast(scene, mine, its, size=size), [(DOT1Q, 7)])
        yield Shot(f"{its.node} in {size} bytes behind a tag", mine.spot, frame, its.spot)
