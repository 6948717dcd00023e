"""The proof of policy where gateways route: kept whole, and each class broken by a rule that is wrong by one thing.

::

    app, job ── inner ─┐         ┌ eth1 ── infra ── pdu, hv2
                       ├── hv1 ──┤
          db ── data ──┘         └ eth2, NAT of inner ── lan ── cam
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from netproof.apply.signals import Signals
from netproof.cli.proving import prove_in_lab
from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from netproof.proof.vantage import Vantage
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from proof.conftest import forget_connections
from shell import remove_labs, run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SITE = """
netproof: 1
site: {name}
networks:
  infra: {{subnets: [192.168.14.0/24, "fd00:14::/64"]}}
  lan: {{subnets: [192.168.15.0/24, "fd00:15::/64"]}}
hosts:
  hv1:
    nics:
      eth1: {{network: infra, addresses: [192.168.14.1/24, "fd00:14::1/64"]}}
      eth2: {{network: lan, addresses: [192.168.15.1/24, "fd00:15::1/64"]}}
  hv2: {{nics: {{eth1: {{network: infra, addresses: [192.168.14.2/24, "fd00:14::2/64"]}}}}}}
stations:
  pdu: {{network: infra, addresses: [192.168.14.3/24, "fd00:14::3/64"]}}
  cam: {{network: lan, addresses: [192.168.15.3/24, "fd00:15::3/64"]}}
segments:
  inner:
    subnets: [10.9.0.0/24, "fd00:9::/64"]
    gateway: {{hosts: [hv1], addresses: [10.9.0.1/24, "fd00:9::1/64"], nat: eth2}}
  data:
    subnets: [10.8.0.0/24, "fd00:8::/64"]
    gateway: {{hosts: [hv1], addresses: [10.8.0.1/24, "fd00:8::1/64"]}}
endpoints:
  app: {{host: hv1, segment: inner, addresses: [10.9.0.11/24, "fd00:9::11/64"]}}
  job: {{host: hv1, segment: inner, addresses: [10.9.0.12/24, "fd00:9::12/64"]}}
  db: {{host: hv1, segment: data, addresses: [10.8.0.13/24, "fd00:8::13/64"]}}
policy:
  - {{from: app, to: [db, pdu], allow: [tcp/5432, icmp]}}
  - {{from: pdu, to: app, allow: tcp/22}}
  - {{from: job, to: hv1, allow: [tcp/9000, udp/46339, icmp]}}
  - {{from: job, to: hv2, allow: udp/9000}}
  - {{from: job, to: cam, deny: tcp/25}}
  - {{from: app, to: cam, allow: udp/53}}
  - {{from: db, to: hv1, deny: icmp}}
  - {{from: db, to: 203.0.113.0/24, allow: all}}
"""
WITH_FAMILIES = {
    "app/db": "allowed-icmp allowed-tcp beside-port helper icmp-error other-protocol",
    "db/app": "forged-reply other-direction",
    "app/pdu": "allowed-icmp allowed-tcp beside-port forged-reply helper icmp-error other-direction other-protocol",
    "pdu/app": "allowed-tcp beside-port forged-reply helper icmp-error other-direction other-protocol",
    "app/cam": "allowed-udp icmp-error",
    "cam/app": "forged-reply other-direction",
    "job/cam": "denied-tcp",
    "job/hv1": "allowed-icmp allowed-tcp allowed-udp beside-port other-protocol",
    "job/hv2": "allowed-udp beside-port other-protocol",
    "db/hv1": "denied-icmp",
}
IN_IPV6 = ("job/cam/extension-header", "db/hv1/extension-header")
IDS = {
    *(f"{pair}/{c}/{f}" for pair, names in WITH_FAMILIES.items() for c in names.split() for f in ("ipv4", "ipv6")),
    *(f"{each}/ipv6" for each in IN_IPV6),
}
"""What the lines above mean, pair by pair: behind NAT all passes but what a line denies, so nothing lies beside."""


@dataclass(frozen=True)
class Realms:
    """A lab and its twin."""

    site: Site
    lab: Mapping[str, Vantage]
    twin: Mapping[str, Vantage]

    def nft(self, *argv: str) -> str:
        """Run nft on the host."""
        return run("ip", "netns", "exec", f"lab.{self.site.name}.hv1", "nft", *argv)

    def refuses(self, script: str) -> bool:
        """Tell whether the host's kernel takes a script of nft not."""
        argv = ("ip", "netns", "exec", f"lab.{self.site.name}.hv1", "nft", "-c", script)
        return subprocess.run(argv, check=False, capture_output=True).returncode != 0

    def proved(self, *kinds: str) -> Report:
        """Try the claims of these kinds, and whether a gateway is a way to another segment."""
        chosen = [c for c in claims(self.site) if c.kind in kinds or c.to in self.site.segments]
        return prove(self.site, chosen, self.lab, self.twin)


@pytest.fixture(scope="module")
def realms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realms]:
    """Build the lab and its twin."""
    name = f"w{os.getpid()}"
    path = tmp_path_factory.mktemp("routed") / "site.yaml"
    path.write_text(SITE.format(name=name))
    site = load_site(path)
    try:
        with ExitStack() as stack:
            lab, twin = stack.enter_context(borrowed(site)), stack.enter_context(twin_of(site))
            yield Realms(furnished(site), lab.vantages(), twin.vantages())
    finally:
        remove_labs([name])


def broken(report: Report) -> set[str]:
    """Return what is broken, without kind and family."""
    return {r.claim.id.split("/", 1)[1].rpartition("/")[0] for r in report.results if r.verdict == "broken"}


def test_every_line_about_routed_traffic_is_claimed_and_kept(realms: Realms) -> None:
    """In both families, at hosts too; of what a line opens nothing claims that it is closed."""
    report = realms.proved("policy", "isolation", "reach", "identity")
    assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}
    assert {r.claim.id.removeprefix("policy/") for r in report.results if r.claim.kind == "policy"} == IDS
    assert [said for said in report.not_claimed if "site.yaml" in said] == [
        f"{realms.site.policy[-1].place}: db to 203.0.113.0/24: nobody is there who is meant by 203.0.113.0/24"
    ]
    assert {r.claim.to for r in report.results if r.claim.class_ == "via-gateway" and r.claim.from_ == "db"} >= {
        "inner"
    }


INNER_DATA, DATA_INNER = 'iifname "{s}-inner" oifname "{s}-data"', 'iifname "{s}-data" oifname "{s}-inner"'
HOLES = {
    "not-hidden": (
        'nat-inner iifname "{s}-inner" oifname "eth2" return',
        {"app/cam/allowed-udp", "app/cam/icmp-error"},
    ),
    "port-beside": (f"forward {INNER_DATA} tcp dport 5433 accept", {"app/db/beside-port"}),
    "port-without-protocol": (f"forward {INNER_DATA} th dport 5432 accept", {"app/db/other-protocol"}),
    "no-direction": (f"forward {DATA_INNER} tcp dport 5432 accept", {"db/app/other-direction"}),
    "stateless-reverse-rule": (f"forward {DATA_INNER} tcp sport 5432 accept", {"db/app/forged-reply"}),
    "every-error-passes": (
        'forward iifname "eth1" oifname "{s}-inner" icmp type destination-unreachable accept',
        {"pdu/app/forged-reply"},
    ),
    "no-answers": (f"forward {DATA_INNER} ct state established drop", {"app/db/allowed-icmp", "app/db/allowed-tcp"}),
    "no-errors": (f"forward {DATA_INNER} ct state related drop", {"app/db/icmp-error"}),
    "open-from-outside": ('forward iifname "eth1" oifname "{s}-inner" tcp dport 23 accept', {"pdu/app/beside-port"}),
    "closed-from-outside": (
        'forward iifname "eth1" oifname "{s}-inner" tcp dport 22 drop',
        {"pdu/app/allowed-tcp", "pdu/app/icmp-error"},
    ),
    "nat-not-narrowed": (
        'forward iifname "{s}-inner" oifname "eth2" accept',
        {"job/cam/denied-tcp", "job/cam/extension-header"},
    ),
    "closed-behind-nat": (
        'forward iifname "{s}-inner" oifname "eth2" udp dport 53 drop',
        {"app/cam/allowed-udp", "app/cam/icmp-error"},
    ),
    "host-too-open": ('input-inner iifname "{s}-inner" tcp dport 9001 accept', {"job/hv1/beside-port"}),
    "host-by-any-protocol": ('input-inner iifname "{s}-inner" udp dport 9000 accept', {"job/hv1/other-protocol"}),
    "host-too-shut": ('input-inner iifname "{s}-inner" tcp dport 9000 drop', {"job/hv1/allowed-tcp"}),
    "host-mute": ('output-inner oifname "{s}-inner" icmp type echo-reply drop', {"job/hv1/allowed-icmp"}),
    "host-pinged": (
        'input-data iifname "{s}-data" meta l4proto {{ icmp, ipv6-icmp }} accept',
        {"db/hv1/denied-icmp", "db/hv1/extension-header"},
    ),
    "other-host-too-open": (
        'forward iifname "{s}-inner" oifname "eth1" udp dport 9001 accept',
        {"job/hv2/beside-port"},
    ),
    "other-host-shut": ('forward iifname "{s}-inner" oifname "eth1" udp dport 9000 drop', {"job/hv2/allowed-udp"}),
    "pings-across": (
        f"forward {DATA_INNER} icmp type echo-request accept",
        {"db/app/other-direction", "db/inner/via-gateway", "probe.data/inner/via-gateway"},
    ),
}


@pytest.mark.parametrize("hole", HOLES)
def test_wrong_rule_breaks_the_claims_that_look_for_it_and_no_others(realms: Realms, hole: str) -> None:
    """A host whose rules are right but for one is broken by the name of that one."""
    rule, expected = HOLES[hole]
    table = f"inet netproof-{realms.site.name}"
    added = realms.nft("-ae", f"insert rule {table} {rule.format(s=realms.site.name)}")
    try:
        report = realms.proved("policy")
        assert broken(report) == expected, [(r.claim.id, r.evidence) for r in report.results if r.verdict != "kept"]
    finally:
        realms.nft(f"delete rule {table} {rule.split()[0]} handle {added.rpartition('handle ')[2].split()[0]}")
        forget_connections(f"lab.{realms.site.name}.hv1")


HELPER = """
add table inet others
add ct helper inet others ftp { type "ftp" protocol tcp; }
add chain inet others given { type filter hook prerouting priority -150; }
add rule inet others given meta l4proto tcp ct helper set "ftp"
"""


def test_what_a_helper_of_others_expects_is_not_routed(realms: Realms) -> None:
    """Somebody else's rules give every connection a helper: what it expects is let pass by lines alone."""
    if realms.refuses(HELPER):
        pytest.skip("this kernel has no helper for FTP")
    realms.nft(HELPER)
    try:
        report = realms.proved("policy")
    finally:
        realms.nft("delete table inet others")
        forget_connections(f"lab.{realms.site.name}.hv1")
    assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}


def test_host_without_its_lines_keeps_no_claim_of_what_they_allow(realms: Realms) -> None:
    """What routes no more is missed for every line that opens something, and for the one that narrows NAT."""
    table = f"inet netproof-{realms.site.name}"
    rules = realms.nft(f"list chain {table} routed-lines")
    realms.nft(f"flush chain {table} routed-lines")
    try:
        found = broken(realms.proved("policy"))
    finally:
        realms.nft(rules)
    opened = {f"{pair}/allowed-tcp" for pair in ("app/db", "app/pdu", "pdu/app")}
    assert opened | {"job/hv2/allowed-udp", "job/cam/denied-tcp"} <= found


LINK_LOCAL_GATEWAY = """
netproof: 1
site: {name}
networks: {{lan: {{subnets: [192.168.14.0/24]}}}}
hosts: {{ch1: {{nics: {{eth0: {{network: lan, addresses: [192.168.14.1/24]}}}}}}}}
segments: {{keys: {{gateway: {{hosts: [ch1], addresses: ["fe80::1/64"]}}}}}}
endpoints:
  vault: {{host: ch1, segment: keys, addresses: ["fe80::10/64"]}}
  signer: {{host: ch1, segment: keys, addresses: ["fe80::20/64"]}}
policy:
  - {{from: vault, to: ch1, allow: tcp/8200}}
  - {{from: signer, to: ch1, deny: icmp}}
"""
DENIED_IN_PRIVATE = """
netproof: 1
site: {name}
hosts: {{ch1: {{nics: {{}}}}}}
segments:
  s:
    subnets: [10.9.0.0/24, "fd00:9::/64"]
    private: on
    gateway: {{hosts: [ch1], addresses: [10.9.0.1/24, "fd00:9::1/64"]}}
  t: {{subnets: [10.8.0.0/24], gateway: {{hosts: [ch1], addresses: [10.8.0.1/24]}}}}
endpoints:
  a: {{host: ch1, segment: s, addresses: [10.9.0.11/24, "fd00:9::11/64"]}}
  b: {{host: ch1, segment: s, addresses: ["fd00:9::12/64"]}}
  c: {{host: ch1, segment: t, addresses: [10.8.0.11/24]}}
policy:
  - {{from: s, to: ch1, deny: icmp}}
  - {{from: c, to: ch1, allow: all}}
"""
TWO_GATEWAYS = """
netproof: 1
site: {name}
networks: {{core: {{subnets: [203.0.113.0/24], mtu: 1600}}, lan: {{subnets: [192.168.14.0/24]}}}}
hosts:
  hv1:
    nics:
      eth0: {{network: core, addresses: [203.0.113.1/24]}}
      eth1: {{network: lan, addresses: [192.168.14.1/24]}}
    vtep: eth0
  hv2:
    nics:
      eth0: {{network: core, addresses: [203.0.113.2/24]}}
      eth1: {{network: lan, addresses: [192.168.14.2/24]}}
    vtep: eth0
stations: {{cam: {{network: lan, addresses: [192.168.14.9/24]}}}}
segments:
  blue:
    subnets: [10.9.0.0/24]
    vni: 100
    overlay: static-l2
    gateway: {{hosts: [hv1, hv2], addresses: [10.9.0.1/24], nat: eth1}}
  red:
    subnets: [10.8.0.0/24]
    vni: 101
    overlay: static-l2
    gateway: {{hosts: [hv1, hv2], addresses: [10.8.0.1/24]}}
endpoints:
  web: {{host: hv1, segment: blue, addresses: [10.9.0.11/24]}}
  app: {{host: hv2, segment: blue, addresses: [10.9.0.12/24]}}
  db: {{host: hv1, segment: red, addresses: [10.8.0.13/24]}}
  far: {{host: hv2, segment: red, addresses: [10.8.0.14/24]}}
policy:
  - {{from: web, to: red, allow: tcp/5432}}
  - {{from: cam, to: [db, far], allow: udp/161}}
  - {{from: red, to: [hv1, hv2], allow: [tcp/22, udp/46000-47000, icmp]}}
  - {{from: any, to: any, deny: udp/53}}
"""


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        (LINK_LOCAL_GATEWAY, {"vault/ch1/allowed-tcp/ipv6", "signer/ch1/denied-icmp/ipv6"}),
        (DENIED_IN_PRIVATE, {"a/ch1/denied-icmp/ipv4", "b/ch1/denied-icmp/ipv6", "c/ch1/allowed-udp/ipv4"}),
        (TWO_GATEWAYS, {"web/db/allowed-tcp/ipv4", "web/far/beside-port/ipv4", "far/hv1/allowed-tcp/ipv4"}),
    ],
    ids=["link-local-gateway", "denied-in-private", "two-gateways"],
)
def test_unusual_gateway_is_proved_whole(tmp_path: Path, text: str, claimed: set[str]) -> None:
    """None of its claims is broken or in doubt, and its lines are claimed."""
    path = tmp_path / "site.yaml"
    path.write_text(text.format(name=f"w{os.getpid()}u"))
    site = load_site(path)
    report, _, _ = prove_in_lab(site, claims(furnished(site)), Signals())
    assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}
    assert {r.claim.id.removeprefix("policy/") for r in report.results} >= claimed
