"""Lines about what a gateway routes, and about its host, tried with connections.

::

    inner: app .11, job .12 ── 10.9.0.1 ┐
    data:  db  .13 ─────────── 10.8.0.1 ┼ hv1 ── eth1 192.168.14.1 ── pdu .3
                                        ┘
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from policy.scene import Scene, scene
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft", "ping")

_serial = count(1)
AT = {"app": "10.9.0.11", "job": "10.9.0.12", "db": "10.8.0.13", "pdu": "192.168.14.3", "hv1": "192.168.14.1"}
AT6 = {"app": "fd00:9::11", "db": "fd00:8::13", "pdu": "fd00:14::3"}
SITE = """
netproof: 1
site: {site}
networks: {{infra: {{subnets: [192.168.14.0/24, "fd00:14::/64"]}}}}
hosts: {{hv1: {{nics: {{eth1: {{network: infra, addresses: [192.168.14.1/24, "fd00:14::1/64"]}}}}}}}}
stations:
  pdu: {{network: infra, addresses: [192.168.14.3/24, "fd00:14::3/64"], gateway: [192.168.14.1, "fd00:14::1"]}}
segments:
  inner: {{subnets: [10.9.0.0/24, "fd00:9::/64"], gateway: {{hosts: [hv1], addresses: [10.9.0.1/24, "fd00:9::1/64"]}}}}
  data: {{subnets: [10.8.0.0/24, "fd00:8::/64"], gateway: {{hosts: [hv1], addresses: [10.8.0.1/24, "fd00:8::1/64"]}}}}
endpoints:
  app: {{host: hv1, segment: inner, addresses: [10.9.0.11/24, "fd00:9::11/64"], netns: {app}}}
  job: {{host: hv1, segment: inner, addresses: [10.9.0.12/24], netns: {job}}}
  db: {{host: hv1, segment: data, addresses: [10.8.0.13/24, "fd00:8::13/64"], netns: {db}}}
policy:
"""
LINES = (
    "from: app, to: [db, pdu], allow: tcp/5432",
    "from: pdu, to: app, allow: tcp/22",
    "from: job, to: hv1, allow: tcp/9000",
    "from: job, to: any, allow: tcp/80",
    "from: any, to: hv1, deny: icmp",
)


@pytest.fixture
def routed(make_netns: Callable[[str], str], tmp_path: Path) -> Iterator[Scene]:
    """A host that is the gateway of two segments and has a NIC with a station behind it."""
    with scene(make_netns, tmp_path, f"r{os.getpid()}x{next(_serial)}") as made:
        made.guests = {**{n: make_netns(n) for n in ("app", "job", "db", "pdu")}, "hv1": made.hv}
        pdu = made.guests["pdu"]
        link = ("link", "add", "eth1", "index", "901", "type", "veth", "peer", "name", "eth0", "netns", pdu)
        run("ip", "-n", made.hv, *link)
        for netns, nic, number in ((made.hv, "eth1", 1), (pdu, "eth0", 3)):
            run("ip", "-n", netns, "link", "set", nic, "up")
            for address in (f"192.168.14.{number}/24", f"fd00:14::{number}/64"):
                run("ip", "-n", netns, "address", "add", address, "dev", nic, *(["nodad"] if ":" in address else []))
        for via in ("192.168.14.1", "fd00:14::1"):
            run("ip", "-n", pdu, "route", "add", "default", "via", via)
        yield made


def applied(on: Scene, *lines: str) -> None:
    """Apply the site with these lines."""
    names = {name: netns for name, netns in on.guests.items() if name in ("app", "job", "db")}
    on.apply_text(SITE.format(site=on.site, **names) + "".join(f"  - {{{line}}}\n" for line in lines))


def test_lines_let_out_in_and_across_what_they_name(routed: Scene) -> None:
    """To another segment, to a station and from one; another port, direction or endpoint does not get through."""
    applied(routed, *LINES)
    tries = {
        ("app", "db", 5432): True,
        ("app", "pdu", 5432): True,
        ("pdu", "app", 22): True,
        ("job", "pdu", 80): True,
        ("job", "db", 80): True,
        ("app", "db", 5433): False,
        ("db", "app", 5432): False,
        ("job", "db", 5432): False,
        ("pdu", "job", 22): False,
        ("pdu", "db", 5432): False,
    }
    assert {key: routed.connects(*key, AT[key[1]]) for key in tries} == tries
    tries6 = {("app", "db", 5432): True, ("pdu", "app", 22): True, ("db", "app", 5432): False}
    assert {key: routed.connects(*key, AT6[key[1]]) for key in tries6} == tries6


def test_host_is_opened_by_name_only(routed: Scene) -> None:
    """A line for anybody opens none of the host's addresses; one that names it opens what it says, also less."""
    applied(routed, *LINES)
    assert routed.connects("job", "hv1", 9000, AT["hv1"])
    assert not routed.connects("job", "hv1", 80, AT["hv1"])
    assert not routed.connects("app", "hv1", 9000, AT["hv1"])
    assert not routed.pings("app", "10.9.0.1")


def test_gateway_without_lines_routes_nothing(routed: Scene) -> None:
    """What the lines opened is shut without them, and the gateway is pinged again."""
    applied(routed, *LINES)
    applied(routed, "from: app, to: job, allow: all")
    assert not routed.connects("app", "db", 5432, AT["db"])
    assert not routed.connects("pdu", "app", 22, AT["app"])
    assert not routed.connects("job", "hv1", 9000, AT["hv1"])
    assert routed.pings("app", "10.9.0.1")


def test_nothing_is_routed_back_to_the_segment_that_it_came_from(routed: Scene) -> None:
    """Not even where a line lets anybody reach anybody: what members say to each other, they say directly."""
    applied(routed, "from: any, to: any, allow: all")
    assert routed.connects("app", "job", 80, AT["job"])
    routed.ip("app", "route", "add", AT["job"], "via", "10.9.0.1")
    assert not routed.connects("app", "job", 80, AT["job"])
