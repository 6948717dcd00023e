"""A bridge in a namespace of its own: there, too, is the host, as a proof listens at it.

::

    vm1, vm2 ── S-dmz (bridge) in the annex dmz@hv1        hv1 ── eth1 ── pdu
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netproof.isolation.choice import left_open
from netproof.isolation.method import ALL_WAYS
from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.load import load_site
from netproof.site.model import Site

pytestmark = pytest.mark.needs("netns", "ip", "nft")

STOPPED_BY_THE_GUARD = {
    "udp-unspecified/ipv4",
    "nd-who-has/ipv6",
    "redirect-to-host/ipv6",
    "router-advertisement-to-host/ipv6",
    "ethertype-to-host/l2",
}
SITE = """
netproof: 1
site: SITE
networks:
  infra: {subnets: [192.168.14.0/24, "2001:db8:14::/64"]}
hosts:
  hv1: {nics: {eth1: {network: infra, addresses: [192.168.14.1/24, "2001:db8:14::1/64"]}}}
stations:
  pdu: {network: infra, addresses: [192.168.14.3/24, "2001:db8:14::3/64"], gateway: [192.168.14.1, "2001:db8:14::1"]}
segments:
  dmz: {subnets: [198.51.100.0/24, "2001:db8:51::/64"], isolation: ISOLATION}
endpoints:
  vm1: {host: hv1, segment: dmz, addresses: [198.51.100.11/24, "2001:db8:51::11/64"]}
  vm2: {host: hv1, segment: dmz, addresses: [198.51.100.12/24, "2001:db8:51::12/64"]}
"""


STRETCHED = """
netproof: 1
site: SITE
networks:
  core: {subnets: [203.0.113.0/24]}
hosts:
  hv1: {nics: {eth0: {network: core, addresses: [203.0.113.1/24]}}, vtep: eth0}
  hv2: {nics: {eth0: {network: core, addresses: [203.0.113.2/24]}}, vtep: eth0}
segments:
  dmz: {subnets: [198.51.100.0/24, "2001:db8:51::/64"], vni: 7, overlay: static-l3, isolation: ISOLATION}
endpoints:
  vm1: {host: hv1, segment: dmz, addresses: [198.51.100.11/24, "2001:db8:51::11/64"]}
  vm2: {host: hv2, segment: dmz, addresses: [198.51.100.12/24, "2001:db8:51::12/64"]}
"""


@pytest.fixture
def proved(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Prove the site named, isolated so, from all vantages but one, and return the verdicts by claim."""

    def prove_it(name: str, isolation: str, *, without: str = "", text: str = SITE) -> dict[str, str]:
        site = site_of(tmp_path, text.replace("SITE", name).replace("ISOLATION", isolation))
        with borrowed(site) as lab, twin_of(site) as twin:
            vantages = {node: vantage for node, vantage in lab.vantages().items() if node != without}
            report = prove(lab.site, claims(lab.site), vantages, twin.vantages())
        return {result.claim.id: result.verdict for result in report.results}

    return prove_it


def site_of(folder: Path, text: str) -> Site:
    path = folder / "site.yaml"
    path.write_text(text)
    return load_site(str(path))


def test_bridge_in_an_annex_with_another_method_is_closed(proved: Callable[..., dict[str, str]]) -> None:
    """Every claim is kept: members reach each other, and neither their host nor what is behind it."""
    verdicts = proved("annexa", "[namespace, ingress]")
    assert {claim: verdict for claim, verdict in verdicts.items() if verdict != "kept"} == {}
    assert "isolation/vm1/pdu/route/ipv4" in verdicts


def test_tunnel_that_ends_in_an_annex_is_the_hosts_still(proved: Callable[..., dict[str, str]]) -> None:
    """Endpoints reach each other by it, and nobody gets in by VXLAN of his own: who may send is held at home."""
    verdicts = proved("annexd", "[namespace, ingress]", text=STRETCHED)
    assert {claim: verdict for claim, verdict in verdicts.items() if verdict != "kept"} == {}
    assert {claim.partition("/")[0] for claim in verdicts} >= {"reach", "isolation", "transport", "mtu"}


@pytest.mark.parametrize("methods", [("namespace",), ("namespace", "rule-blackhole")], ids="+".join)
def test_what_gets_into_an_annex_is_broken(proved: Callable[..., dict[str, str]], methods: tuple[str, ...]) -> None:
    """Its IP stack is the host's: what the methods say of themselves is what the proof hears there, and no more."""
    verdicts = proved(f"annexb{len(methods)}", f"[{', '.join(methods)}]")
    into_host = {f"isolation/vm1/hv1/{way}": way for way in ALL_WAYS}
    broken = {into_host[claim] for claim in into_host.keys() & verdicts.keys() if verdicts[claim] == "broken"}
    assert broken == left_open(methods) - STOPPED_BY_THE_GUARD
    assert {claim.split("/")[2] for claim, verdict in verdicts.items() if verdict != "kept"} == {"hv1"}


def test_annex_that_nobody_watches_leaves_the_host_in_doubt(proved: Callable[..., dict[str, str]]) -> None:
    """Silence in the host's own namespace alone proves nothing of what came into the other."""
    verdicts = proved("annexc", "[namespace, ingress]", without="dmz@hv1")
    into_host = {claim: verdict for claim, verdict in verdicts.items() if claim.startswith("isolation/vm1/hv1/")}
    assert len(into_host) > 20
    # what is denied is an answer, or is heard at the sender, needs no ear in there
    kept = {claim.split("/")[3] for claim, verdict in into_host.items() if verdict == "kept"}
    assert kept <= {"arp-who-has", "arp-probe"}
