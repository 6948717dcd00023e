"""Which NIC packets use: the example's isolated NICs, and the same NICs configured plainly, tried by the same claims.

::

    desk ── office ── eth0 ┐                office ┐
    redbox ── red ─── eth1 ├ tester            red ├ router ── far ── client
    bluebox ─ blue ── eth2 ┘                  blue ┘
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

import pytest

from netproof.kernel.capabilities import capabilities
from netproof.lab.lab import Lab, borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

TEXT = (Path(__file__).parents[2] / "examples" / "testing-interface" / "site.yaml").read_text()
PLAIN = re.sub(r"        gateway: \[192.*\n|        isolated: .*\n|    forward: on  .*\n", "", TEXT)
"""A host has one default route: an administrator leaves out the gateways of the others."""
CLOSED = re.sub(r"        gateway: \[192.168.15.*\n", "", TEXT).replace("isolated: on ", "isolated: {table: 40}")
"""A test network that ends at its stations."""

ENDING = """
netproof: 1
site: bench
networks: {office: {subnets: [192.168.14.0/24]}, red: {subnets: [192.168.15.0/24]}}
hosts:
  tester:
    nics:
      eth0: {network: office, addresses: [192.168.14.1/24]}
      eth1:
        network: red
        addresses: [192.168.15.1/24]
        gateway: 192.168.15.254
        isolated: {table: 22, priority: 6001}
stations:
  pc: {network: office, addresses: [192.168.14.3/24]}
  box: {network: red, addresses: [192.168.15.254/24]}
"""
"""A test network whose gateway forwards nothing."""

Load = Callable[[str], Site]
NEEDS_SUBTREES = pytest.mark.usefixtures("subtrees")


@pytest.fixture
def subtrees() -> None:
    """A kernel that can hold what an isolated NIC with IPv6 addresses needs."""
    if "ipv6-subtrees" not in capabilities():
        pytest.skip("this kernel lacks ipv6-subtrees")


@pytest.fixture
def load(tmp_path: Path, worker_id: str) -> Load:
    """Read a site that no other test has a lab of."""

    def read(text: str) -> Site:
        file = tmp_path / "site.yaml"
        file.write_text(text.replace("site: bench", f"site: paths-{worker_id}"))
        return load_site(file)

    return read


@pytest.fixture
def raised() -> Iterator[ExitStack]:
    """Labs that go with the test."""
    with ExitStack() as stack:
        yield stack


def tried(site: Site, lab: Lab, twin: Lab) -> Report:
    """Try every claim of `site` in `lab`, whatever that was built from."""
    whole = furnished(site)
    return prove(whole, claims(whole), lab.vantages(), twin.vantages())


def by_class(report: Report) -> dict[str, set[str]]:
    """Return between whom claims of each class are broken; nothing may be inconclusive."""
    assert not report.summary["inconclusive"], [r.evidence for r in report.results if r.verdict == "inconclusive"]
    broken = sorted((r.claim.class_, f"{r.claim.from_} {r.claim.to}") for r in report.results if r.verdict == "broken")
    return {name: {who for _, who in group} for name, group in groupby(broken, key=lambda pair: pair[0])}


@NEEDS_SUBTREES
@pytest.mark.parametrize("strictness", ["0", "1", "2"])
def test_isolated_nics_keep_every_path_however_strict_the_host_is(
    load: Load, raised: ExitStack, strictness: str
) -> None:
    """Nothing uses an isolated NIC but its own traffic, and no rp_filter drops anything of that."""
    site = load(TEXT)
    lab, twin = raised.enter_context(borrowed(site)), raised.enter_context(twin_of(site))
    settings = [f"net.ipv4.conf.{nic}.rp_filter={strictness}" for nic in ("all", "eth0", "eth1", "eth2")]
    run("ip", "netns", "exec", f"lab.{site.name}.tester", "sysctl", "-qw", *settings)
    report = tried(site, lab, twin)
    assert by_class(report) == {}
    assert report.summary["kept"] == len(report.results) == 112


def test_plain_nics_are_shown_broken_by_the_same_claims(load: Load, raised: ExitStack) -> None:
    """Answers take short cuts, sources are ignored, and every NIC stands for every address."""
    site = load(TEXT)
    twin = raised.enter_context(twin_of(site))
    lab = raised.enter_context(borrowed(load(PLAIN)))
    stations = {"desk", "redbox", "bluebox", "router"}
    boxes = {"redbox", "bluebox"}
    assert by_class(tried(site, lab, twin)) == {
        "main-reply": {f"{box} tester" for box in boxes},
        "far-reply": {f"{far} tester" for far in (*boxes, "desk", "client")},
        "isolated-source": {f"tester {to}" for to in (*boxes, "desk", "client", "router")},
        "main-source": {f"tester {to}" for to in (*boxes, "router")},
        "wrong-nic": {f"{station} tester" for station in stations},
        "arp-wrong-nic": {f"{station} tester" for station in stations},
        "arp-probe-wrong-nic": {f"{station} tester" for station in stations},
    }


def test_plain_nics_of_a_router_are_a_way_through(load: Load, raised: ExitStack) -> None:
    """A host that forwards does so between all of its NICs."""
    site = load(TEXT)
    twin = raised.enter_context(twin_of(site))
    lab = raised.enter_context(borrowed(load(PLAIN.replace("  tester:\n", "  tester:\n    forward: on\n"))))
    assert len(by_class(tried(site, lab, twin))["through-host"]) == 12


@NEEDS_SUBTREES
def test_isolated_nic_without_gateway_lends_its_address_to_no_other(load: Load, raised: ExitStack) -> None:
    """What has no way by its own NIC goes nowhere; on plain NICs it leaves by another one."""
    site = load(CLOSED)
    lab, twin = raised.enter_context(borrowed(site)), raised.enter_context(twin_of(site))
    assert by_class(tried(site, lab, twin)) == {}
    host = ("ip", "-n", f"lab.{site.name}.tester")
    for family in ("-4", "-6"):
        run(*host, family, "route", "del", "unreachable", "default", "table", "40", "metric", "4278198272")
    strays = {f"tester {to}" for to in ("redbox", "desk", "client", "router")}
    assert by_class(tried(site, lab, twin)) == {"isolated-nowhere": strays}


def test_isolated_nic_whose_gateway_goes_no_further_lends_its_address_to_no_other(
    load: Load, raised: ExitStack
) -> None:
    """What it sends rightly comes to that gateway, and no further; once its rule is lost, it leaves by another NIC."""
    site = load(ENDING)
    lab, twin = raised.enter_context(borrowed(site)), raised.enter_context(twin_of(site))
    report = tried(site, lab, twin)
    assert by_class(report) == {}
    assert "path/tester/pc/isolated-nowhere/ipv4" in {r.claim.id for r in report.results}
    run("ip", "-n", f"lab.{site.name}.tester", "rule", "del", "priority", "6001")
    assert by_class(tried(site, lab, twin))["isolated-nowhere"] == {"tester pc"}


@NEEDS_SUBTREES
def test_packet_that_also_goes_another_way_breaks_its_claim(load: Load, raised: ExitStack) -> None:
    """A copy of the reply that leaves by another NIC is a leak, though the reply arrives as well."""
    site = load(TEXT)
    lab, twin = raised.enter_context(borrowed(site)), raised.enter_context(twin_of(site))
    tester = ("ip", "netns", "exec", f"lab.{site.name}.tester", "tc")
    run(*tester, "qdisc", "add", "dev", "eth1", "clsact")
    match = ("u32", "match", "ip", "protocol", "1", "0xff")
    mirror = ("action", "mirred", "egress", "mirror", "dev", "eth0")
    run(*tester, "filter", "add", "dev", "eth1", "egress", "protocol", "ip", *match, *mirror)
    report = tried(site, lab, twin)
    broken = {r.claim.id for r in report.results if r.verdict == "broken"}
    assert "path/redbox/tester/isolated-reply/ipv4" in broken
    assert "path/redbox/tester/isolated-reply/ipv6" not in broken
