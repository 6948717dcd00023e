"""Who is out of whose hearing in an overlay that floods nothing."""

from __future__ import annotations

from pathlib import Path

from netproof.proof.claims import claims
from netproof.proof.flooding import are_out_of_hearing
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.site.opened import opened
from netproof.site.segments import Overlay

TEXT = """
netproof: 1
site: s
networks: {n: {subnets: [203.0.113.0/24]}}
hosts:
  h: {vtep: eth0, nics: {eth0: {network: n, addresses: [203.0.113.1/24]}}}
  i: {vtep: eth0, nics: {eth0: {network: n, addresses: [203.0.113.2/24]}}}
segments: {a: {vni: 100, overlay: static-l3}, b: {vni: 200, overlay: static-l2}}
endpoints:
  a1: {host: h, segment: a, addresses: [10.0.0.1/24]}
  a2: {host: i, segment: a, addresses: [10.0.0.2/24]}
  a3: {host: i, segment: a, addresses: [10.0.0.3/24]}
  b1: {host: h, segment: b, addresses: [10.0.0.1/24]}
  b2: {host: i, segment: b, addresses: [10.0.0.2/24]}
"""


def site(tmp_path: Path) -> Site:
    path = tmp_path / "site.yaml"
    path.write_text(TEXT)
    return load_site(path)


def test_flooding_is_claimed_between_hosts_of_a_segment_that_floods_nothing(tmp_path: Path) -> None:
    """Neither within a host, nor where the overlay has a flood list."""
    found = {claim.id for claim in claims(site(tmp_path)) if claim.class_ == "flooding"}
    pairs = (("a1", "a2"), ("a1", "a3"), ("a2", "a1"), ("a3", "a1"))
    assert found == {f"isolation/{one}/{other}/flooding/l2" for one, other in pairs}


def test_strangers_are_not_out_of_hearing(tmp_path: Path) -> None:
    """Of different segments, or no endpoints at all, other claims speak."""
    assert not are_out_of_hearing(site(tmp_path), "a1", "b2")
    assert not are_out_of_hearing(site(tmp_path), "a1", "h")


def test_opened_site_floods(tmp_path: Path) -> None:
    """What no flood list carries must arrive in the twin, and what is told where everybody is must be open to lies."""
    overlays = {name: segment.overlay for name, segment in opened(site(tmp_path)).segments.items()}
    assert overlays == {"a": Overlay("flood"), "b": Overlay("flood")}
