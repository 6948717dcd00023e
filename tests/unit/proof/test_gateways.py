"""What is claimed of gateways where the policy has a say, and where nobody can tell which host it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netproof.proof.claims import claims
from netproof.site.furnished import furnished
from netproof.site.load import load_site

SITE = """
netproof: 1
site: demo
networks: {lan: {subnets: [192.168.14.0/24]}, core: {subnets: [203.0.113.0/24]}}
hosts:
  ch1:
    vtep: eth1
    nics: {eth0: {network: lan, addresses: [192.168.14.1/24]}, eth1: {network: core, addresses: [203.0.113.1/24]}}
  ch2:
    vtep: eth1
    nics: {eth0: {network: lan, addresses: [192.168.14.2/24]}, eth1: {network: core, addresses: [203.0.113.2/24]}}
  ch3: {vtep: eth1, nics: {eth1: {network: core, addresses: [203.0.113.3/24]}}}
stations: {printer: {network: lan, addresses: [192.168.14.9/24]}}
segments:
  apps: {vni: 100, gateway: {hosts: HOSTS, addresses: [10.9.0.1/24], nat: eth0}, private: on}
endpoints:
  web: {host: ch1, segment: apps, addresses: [10.9.0.11/24]}
  far: {host: ch3, segment: apps, addresses: [10.9.0.13/24]}
policy: POLICY
"""
Ids = Callable[..., set[str]]


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    """Return the ids of claims of the site that are of no other class than those of gateways."""

    def found(hosts: str = "[ch1]", policy: str = "[]") -> set[str]:
        path = tmp_path / "site.yaml"
        path.write_text(SITE.replace("HOSTS", hosts).replace("POLICY", policy))
        classes = ("gateway-echo", "nat-echo", "via-gateway", "gateway-service", "inbound")
        return {c.id for c in claims(furnished(load_site(path))) if c.class_ in classes and "probe" not in c.id}

    return found


def test_one_gateway_is_that_of_endpoints_on_other_hosts_too(ids: Ids) -> None:
    """Both endpoints get by it what it does, and nothing else."""
    for endpoint in ("web", "far"):
        assert {i for i in ids() if f"/{endpoint}/" in i} == {
            f"reach/{endpoint}/ch1/gateway-echo/ipv4",
            f"reach/{endpoint}/printer/nat-echo/ipv4",
            f"isolation/{endpoint}/ch1/gateway-service/ipv4",
            f"isolation/{endpoint}/ch1/via-gateway/ipv4",
            f"isolation/{endpoint}/ch2/via-gateway/ipv4",
            f"isolation/printer/{endpoint}/inbound/ipv4",
        }


def test_of_several_gateways_elsewhere_none_is_an_endpoints(ids: Ids) -> None:
    """Nothing is claimed of the gateway of an endpoint on a host that is none of them."""
    found = ids("[ch1, ch2]")
    assert "reach/web/ch1/gateway-echo/ipv4" in found
    assert not [i for i in found if "/far/" in i]


@pytest.mark.parametrize(
    ("line", "gone", "come"),
    [
        (
            "{from: web, to: printer, deny: all}",
            "reach/web/printer/nat-echo/ipv4",
            "isolation/web/printer/via-gateway/ipv4",
        ),
        (
            "{from: web, to: 192.168.14.0/24, deny: icmp}",
            "reach/web/printer/nat-echo/ipv4",
            "isolation/web/printer/via-gateway/ipv4",
        ),
        ("{from: web, to: ch1, deny: icmp}", "reach/web/ch1/gateway-echo/ipv4", None),
        ("{from: web, to: ch1, allow: udp/46000-47000}", "isolation/web/ch1/gateway-service/ipv4", None),
        ("{from: web, to: ch2, allow: icmp}", "isolation/web/ch2/via-gateway/ipv4", None),
        ("{from: printer, to: web, allow: udp/46339}", "isolation/printer/web/inbound/ipv4", None),
        ("{from: web, to: printer, deny: tcp/80}", None, None),
        ("{from: printer, to: web, allow: tcp/46339}", None, None),
    ],
)
def test_policy_narrows_and_widens_what_is_claimed(ids: Ids, line: str, gone: str | None, come: str | None) -> None:
    """What a line denies is no reach but a denial, what it allows no denial; other traffic changes nothing."""
    plain, ruled = ids(), ids(policy=f"[{line}]")
    assert plain - ruled == ({gone} if gone else set())
    assert ruled - plain == ({come} if come else set())
