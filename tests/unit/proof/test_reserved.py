"""On a live host nobody's identity is forged: what is sent bears the sender's own, or one that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from netproof.proof.claim import Claim
from netproof.proof.claims import claims, probes
from netproof.proof.probe import RawFrame
from netproof.proof.prove import _split  # the very claims that are tried there
from netproof.proof.scene import Scene
from netproof.proof.token import Marks
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.values.address import Address
from netproof.values.naming import derived_mac

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/*.yaml"))
TOKEN = Marks().encode(1, 1)


class Standing:
    """A vantage that tells MACs of its own making, and nothing else."""

    def __init__(self, site: Site, node: str) -> None:
        self.node, self._site = node, site

    def mac(self, ifname: str) -> str:
        """Return the declared MAC of an endpoint, and of all else one that is derived."""
        endpoint = self._site.endpoints.get(self.node)
        return endpoint.mac if endpoint else derived_mac(self._site.name, f"{self.node}/{ifname}", "test")

    def links(self) -> tuple[str, ...]:
        """Name none."""
        return ()

    def ifindex(self, _: str) -> int:
        """Return any number."""
        return 1


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_live_probes_bear_no_identity_of_anybody_else(file: Path) -> None:
    """By every frame of every claim that a live host would try: its MAC, its source, what its ARP says."""
    site = furnished(load_site(file))
    for host in site.hosts:
        here = {host, *(e.name for e in site.endpoints.values() if e.host == host and not e.probe)}
        scene = Scene(site, {n: Standing(site, n) for n in here}, live=True)  # type: ignore[arg-type]  # all that is asked
        for claim in _split(scene, claims(site))[0]:
            for speaker, frame in _frames(scene, claim):
                assert set(_says(frame)).isdisjoint(_others(site, {speaker})), f"{claim.id}: {speaker}: {frame.hex()}"


def _frames(scene: Scene, claim: Claim) -> Iterator[tuple[str, bytes]]:
    """Yield each frame with who puts it on the wire."""
    for shot in probes()[claim.class_].shots(scene, claim):
        loads = [(shot.sender, shot.load), *([shot.forerunner[:2]] if shot.forerunner else [])]
        yield from ((spot.node, load.build(TOKEN)) for spot, load in loads if isinstance(load, RawFrame))


def _others(site: Site, own: set[str]) -> set[str | Address]:
    """Return every MAC that is declared, and every address, of those who are not `own`."""
    found: set[str | Address] = set()
    for endpoint in (e for e in site.endpoints.values() if e.name not in own):
        found |= {endpoint.mac, *(a.ip for a in endpoint.addresses)}
    for node in (n for n in (*site.hosts.values(), *site.stations.values()) if n.name not in own):
        found |= {a.ip for nic in node.nics for a in nic.addresses}
    mine = [site.endpoints[name] for name in own & site.endpoints.keys()]
    return found - {e.mac for e in mine} - {a.ip for e in mine for a in e.addresses}  # tenants may have the same


def _says(frame: bytes) -> Iterator[str | Address]:
    """Yield whom a frame says that it is from."""
    yield frame[6:12].hex(":")
    kind, packet = frame[12:14], frame[14:]
    if kind == b"\x08\x06":
        yield packet[8:14].hex(":")
        yield ip_address(packet[14:18])
    elif kind == b"\x08\x00":
        yield ip_address(packet[12:16])
    elif kind == b"\x86\xdd":
        yield ip_address(packet[8:24])
