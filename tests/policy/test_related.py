"""What connection tracking calls related passes no policy: errors about others' connections, what helpers expect."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from netproof.kernel.capabilities import capabilities
from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.state.filters import table_name
from netproof.values.address import FAMILIES
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy" / "site.yaml"
HELPER = """
add table {family} others
add ct helper {family} others ftp {{ type "ftp" protocol tcp; }}
add chain {family} others given {{ type filter hook prerouting priority -150; }}
add rule {family} others given meta l4proto tcp ct helper set "ftp"
"""


SNOOP = """
netproof: 1
site: {site}
networks: {{wire: {{}}}}
hosts: {{hv1: {{nics: {{eth0: {{network: wire}}}}}}}}
segments: {{shop: {{subnets: [198.51.100.0/24, "2001:db8:51::/64"]}}}}
endpoints:
  web:   {{host: hv1, segment: shop, addresses: [198.51.100.11/24, "2001:db8:51::11/64"]}}
  db:    {{host: hv1, segment: shop, addresses: [198.51.100.12/24, "2001:db8:51::12/64"]}}
  snoop: {{host: hv1, segment: shop, addresses: [198.51.100.13/24, "2001:db8:51::13/64"]}}
policy:
  - {{from: web, to: db, allow: tcp/5432}}
  - {{from: [web, snoop], to: [web, snoop], deny: all}}
"""


def test_error_about_a_connection_of_others_is_no_answer(tmp_path: Path, worker_id: str) -> None:
    """Kept, as no line allows anything between the two; broken once errors pass whoever sends them."""
    file = tmp_path / "site.yaml"
    file.write_text(SNOOP.format(site=f"snoop-{worker_id}"))
    site = load_site(file)
    whole = furnished(site)
    tried = [c for c in claims(whole) if c.class_ == "foreign-error"]
    assert {c.id for c in tried} == {f"policy/snoop/web/foreign-error/{family}" for family in FAMILIES}
    with borrowed(site) as lab, twin_of(site) as twin:
        kept = prove(whole, tried, lab.vantages(), twin.vantages()).results
        assert {(r.verdict, r.control) for r in kept} == {("kept", "lifted")}
        spoil = f"insert rule bridge {table_name(site.name)} replies meta mark & 0x20000000 == 0x20000000 accept"
        run("ip", "netns", "exec", f"lab.{site.name}.hv1", "nft", spoil)
        broken = prove(whole, tried, lab.vantages(), twin.vantages()).results
        assert {(r.verdict, r.control) for r in broken} == {("broken", "lifted")}


def test_what_a_helper_expects_is_no_error_about_a_connection(tmp_path: Path, worker_id: str) -> None:
    """Kept while every connection has a helper; broken once all that is related counts as an error."""
    file = tmp_path / "site.yaml"
    file.write_text(EXAMPLE.read_text().replace("site: tiers", f"site: helped-{worker_id}"))
    site = load_site(file)
    whole = furnished(site)
    tried = [c for c in claims(whole) if c.class_ == "helper"]
    with borrowed(site) as lab, twin_of(site) as twin:
        on_host = ("ip", "netns", "exec", f"lab.{site.name}.hv1", "nft")
        family = "bridge" if "bridge-conntrack" in capabilities() else "inet"
        done = subprocess.run([*on_host, HELPER.format(family=family)], check=False, capture_output=True)
        if done.returncode:
            pytest.skip("this kernel lacks a helper for FTP")
        report = prove(whole, tried, lab.vantages(), twin.vantages())
        assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}
        assert {r.control for r in report.results} == {"lifted"}
        marks = f"{family} {table_name(site.name)} marks"
        run(*on_host, f"add rule {marks} ct state related meta mark set meta mark | 0x20000000")
        broken = {
            r.claim.id for r in prove(whole, tried, lab.vantages(), twin.vantages()).results if r.verdict == "broken"
        }
        assert {f"policy/web/app/helper/{family}" for family in FAMILIES} <= broken
