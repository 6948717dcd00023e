"""A gateway that believes what an endpoint says of others is noticed by where its next packet comes out.

::

    web ┐
        ├── apps, private ── gw
    db ─┘
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import run

SITE = """
netproof: 1
site: divert-WORKER
networks:
  lan: {subnets: [192.168.14.0/24]}
hosts:
  gw:
    nics:
      eth0: {network: lan, addresses: [192.168.14.1/24]}
segments:
  apps:
    subnets: [10.9.0.0/24, "fd00:9::/64"]
    private: on
    gateway: {hosts: [gw], addresses: [10.9.0.1/24, "fd00:9::1/64"]}
endpoints:
  web: {host: gw, segment: apps, addresses: [10.9.0.11/24, "fd00:9::11/64"]GUARD}
  db:  {host: gw, segment: apps, addresses: [10.9.0.12/24, "fd00:9::12/64"]}
"""
Load = Callable[..., Site]


@pytest.fixture
def load(tmp_path: Path, worker_id: str) -> Load:
    """Read a site that no other test has a lab of."""

    def read(guard: str = "") -> Site:
        file = tmp_path / "site.yaml"
        file.write_text(SITE.replace("WORKER", worker_id).replace("GUARD", guard))
        return load_site(file)

    return read


def let_go(host: str, site: Site, chain: str, rule: str) -> None:
    """Delete the rules that match `rule` from a chain of the host."""
    told = run("ip", "netns", "exec", host, "nft", "-a", "list", "chain", "netdev", f"netproof-{site.name}", chain)
    handles = [line.split()[-1] for line in told.splitlines() if re.search(rule, line)]
    assert handles
    for handle in handles:
        where = (f"netproof-{site.name}", chain)
        run("ip", "netns", "exec", host, "nft", "delete", "rule", "netdev", *where, "handle", handle)


@pytest.mark.needs("netns", "ip", "nft")
def test_gateway_that_takes_a_lie_is_noticed_by_its_next_packet(load: Load) -> None:
    """Kept as applied; and each lie is seen once the one rule against it is gone, of the liar alone."""
    site = load()
    whole, host = furnished(site), f"lab.{site.name}.gw"
    tried = [c for c in claims(whole) if c.class_.startswith("diverted-")]

    def broken() -> set[str]:
        report = prove(whole, tried, lab.vantages(), twin.vantages())
        assert not report.summary["inconclusive"]
        return {r.claim.id.split("/", 3)[3] for r in report.results if r.verdict == "broken" and r.claim.from_ == "db"}

    # An answer is believed too, where so much time has gone by since the last that the kernel does not mind.
    by_arp = {"diverted-by-question/ipv4", "diverted-by-answer/ipv4"}
    by_nd = {"diverted-by-question/ipv6"}
    with ExitStack() as stack:
        twin, lab = stack.enter_context(twin_of(site)), stack.enter_context(borrowed(site))
        assert not broken()
        let_go(host, site, "guard-db", "arp saddr ether")
        assert {"diverted-by-question/ipv4"} <= broken() <= by_arp
        let_go(host, site, "guard-db", "nd-neighbor-solicit @th,192")
        assert {"diverted-by-question/ipv4", "diverted-by-question/ipv6"} <= broken() <= by_arp | by_nd
        let_go(host, site, "guard-db", "nd-neighbor-advert @th,64")
        assert broken() >= {"diverted-by-answer/ipv6"}


def test_only_who_is_held_to_the_truth_is_claimed_to_divert_nothing(load: Load) -> None:
    """Without guard of ARP an endpoint may lie in IPv4; and whose MAC is not held, frames for him may go anywhere."""

    def made(guard: str) -> set[str]:
        every = (c for c in claims(furnished(load(guard))) if c.class_ == "diverted-by-question")
        return {f"{c.from_} {c.family}" for c in every}

    assert made("") == {"web ipv4", "web ipv6", "db ipv4", "db ipv6"}
    assert made(", guard: {arp: off}") == {"web ipv6", "db ipv4", "db ipv6"}
    assert made(", guard: {mac: off}") == set()
