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
from netproof.site.model import Site
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
{policy}
"""
ONE_LINE = """
  - {from: web, to: db, allow: tcp/5432}
  - {from: shop, to: shop, deny: all}
"""
"""One thing passes: of that, web is told of what it started, and db of what it answered."""
DENIED_ALONE = """
  - {from: snoop, to: [web, db], deny: all}
  - {from: [web, db], to: snoop, deny: all}
"""
"""All the rest passes, though no line says so."""


@pytest.mark.parametrize("policy", [ONE_LINE, DENIED_ALONE], ids=["one-line", "denied-alone"])
def test_error_about_a_connection_of_others_is_no_answer(policy: str, tmp_path: Path, worker_id: str) -> None:
    """Kept, as no line allows anything between the two; broken once errors pass whoever sends them, by either way."""
    site = loaded(tmp_path, SNOOP.format(site=f"snoop-{worker_id}", policy=policy))
    whole = furnished(site)
    tried = [c for c in claims(whole) if c.class_ == "foreign-error" and c.from_ == "snoop"]
    assert {c.to for c in tried} == {"web", "db"} and {c.family for c in tried} == set(FAMILIES)
    with borrowed(site) as lab, twin_of(site) as twin:

        def told() -> dict[str, set[tuple[str, str | None]]]:
            found = prove(whole, tried, lab.vantages(), twin.vantages()).results
            return {to: {(r.verdict, r.control) for r in found if r.claim.to == to} for to in ("web", "db")}

        kept = {("kept", "lifted")}
        assert told() == {"web": kept, "db": kept}
        on_host = ("ip", "netns", "exec", f"lab.{site.name}.hv1", "nft")
        for chain, to in (("replies", "web"), ("started", "db")):
            where = f"bridge {table_name(site.name)} {chain}"
            added = run(*on_host, "-ae", f"insert rule {where} meta mark & 0x20000000 == 0x20000000 accept")
            assert told()[to] == {("broken", "lifted")}
            run(*on_host, f"delete rule {where} handle {added.rpartition('handle ')[2].split()[0]}")


OUTSIDE = """
netproof: 1
site: {site}
networks: {{public: {{subnets: [198.51.100.0/24, "2001:db8:51::/64"]}}}}
hosts: {{hv1: {{nics: {{eth1: {{network: public}}}}}}}}
stations:
  client:  {{network: public, addresses: [198.51.100.200/24, "2001:db8:51::c8/64"]}}
  admin:   {{network: public, addresses: [198.51.100.201/24, "2001:db8:51::c9/64"]}}
  mallory: {{network: public, addresses: [198.51.100.66/24, "2001:db8:51::66/64"]}}
segments: {{shop: {{subnets: [198.51.100.0/24, "2001:db8:51::/64"], uplinks: [hv1.eth1]}}}}
endpoints:
  web: {{host: hv1, segment: shop, addresses: [198.51.100.11/24, "2001:db8:51::11/64"]}}
  app: {{host: hv1, segment: shop, addresses: [198.51.100.12/24, "2001:db8:51::12/64"]}}
  db:  {{host: hv1, segment: shop, addresses: [198.51.100.13/24, "2001:db8:51::13/64"]}}
policy:
  - {{from: client, to: web, allow: tcp/80}}
  - {{from: web, to: client, allow: tcp/443}}
  - {{from: db, to: admin, allow: tcp/22}}
  - {{from: app, to: web, allow: tcp/81}}
  - {{from: app, to: db, allow: tcp/5432}}
  - {{from: any, to: any, deny: all}}
"""


def test_error_about_a_connection_with_somebody_outside_comes_from_there_alone(tmp_path: Path, worker_id: str) -> None:
    """Nobody tells a station from a router there, of which nothing is claimed; but from an endpoint that is one."""
    site = loaded(tmp_path, OUTSIDE.format(site=f"outside-{worker_id}"))
    whole = furnished(site)
    tried = [c for c in claims(whole) if c.class_ == "foreign-error"]
    assert {(c.from_, c.to) for c in tried} == {
        ("db", "web"),
        ("web", "db"),
        ("db", "client"),
        ("app", "client"),
        ("web", "admin"),
        ("app", "admin"),
        *((outsider, "app") for outsider in ("client", "admin", "mallory")),
    }
    with borrowed(site) as lab, twin_of(site) as twin:
        report = prove(whole, tried, lab.vantages(), twin.vantages())
    assert {r.claim.id: r.evidence for r in report.results if (r.verdict, r.control) != ("kept", "lifted")} == {}


ROUTED = """
netproof: 1
site: {site}
networks: {{lan: {{subnets: [192.168.14.0/24, "fd00:14::/64"]}}}}
hosts: {{hv1: {{nics: {{eth1: {{network: lan, addresses: [192.168.14.1/24, "fd00:14::1/64"]}}}}}}}}
stations: {{pdu: {{network: lan, addresses: [192.168.14.3/24, "fd00:14::3/64"]}}}}
segments:
  inner: {{subnets: [10.9.0.0/24, "fd00:9::/64"], gateway: {{hosts: [hv1], addresses: [10.9.0.1/24, "fd00:9::1/64"]}}}}
  data: {{subnets: [10.8.0.0/24, "fd00:8::/64"], gateway: {{hosts: [hv1], addresses: [10.8.0.1/24, "fd00:8::1/64"]}}}}
endpoints:
  app: {{host: hv1, segment: inner, addresses: [10.9.0.11/24, "fd00:9::11/64"]}}
  db:  {{host: hv1, segment: data, addresses: [10.8.0.13/24, "fd00:8::13/64"]}}
  spy: {{host: hv1, segment: data, addresses: [10.8.0.14/24, "fd00:8::14/64"]}}
policy:
  - {{from: db, to: app, deny: {denied}}}
  - {{from: app, to: db, allow: tcp/5432}}
  - {{from: pdu, to: app, allow: tcp/22}}
  - {{from: app, to: pdu, allow: udp/161}}
  - {{from: any, to: any, deny: all}}
"""


@pytest.mark.parametrize("denied", ["icmp", "all"])
def test_error_about_a_routed_connection_of_others_is_no_answer(tmp_path: Path, worker_id: str, denied: str) -> None:
    """Errors of who is asked pass, and of nobody else in a segment; broken once they pass whoever sends them."""
    site = loaded(tmp_path, ROUTED.format(site=f"across-{worker_id}", denied=denied))
    whole = furnished(site)
    tried = [c for c in claims(whole) if c.class_ in ("foreign-error", "icmp-error")]
    lies = {(c.from_, c.to) for c in tried if c.class_ == "foreign-error" and c.from_ in site.endpoints}
    assert lies == {("spy", "app"), ("spy", "pdu"), ("db", "pdu")}
    with borrowed(site) as lab, twin_of(site) as twin:
        report = prove(whole, tried, lab.vantages(), twin.vantages())
        assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}
        spoil = f"insert rule inet {table_name(site.name)} forward ct state related accept"
        run("ip", "netns", "exec", f"lab.{site.name}.hv1", "nft", spoil)
        report = prove(whole, tried, lab.vantages(), twin.vantages())
        broken = {(r.claim.from_, r.claim.to) for r in report.results if r.verdict == "broken"}
        assert broken == {(c.from_, c.to) for c in tried if c.class_ == "foreign-error"}


def loaded(folder: Path, text: str) -> Site:
    """Return the site of `text`."""
    file = folder / "site.yaml"
    file.write_text(text)
    return load_site(file)


def test_what_a_helper_expects_is_no_error_about_a_connection(tmp_path: Path, worker_id: str) -> None:
    """Kept while every connection has a helper; broken once all that is related counts as an error."""
    site = loaded(tmp_path, EXAMPLE.read_text().replace("site: tiers", f"site: helped-{worker_id}"))
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
