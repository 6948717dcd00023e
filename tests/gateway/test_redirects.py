"""A gateway of a private segment tells nobody that another endpoint is beside it, though it would: it forwards."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import pytest

from netproof.kernel.netns import entered
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SITE = """
networks: {lan: {subnets: ["2001:db8:14::/64"]}}
hosts: {ch1: {nics: {eth0: {network: lan, addresses: ["2001:db8:14::1/64"]}}}}
segments:
  apps: {subnets: ["fd00:9::/64"], private: on, gateway: {hosts: [ch1], addresses: ["fd00:9::1/64"], nat: eth0}}
endpoints:
  web: {host: ch1, segment: apps, addresses: ["fd00:9::11/64"]}
  db:  {host: ch1, segment: apps, addresses: ["fd00:9::12/64"]}
"""
REDIRECT = 137


def told_of_db(web: str) -> bool:
    """Send from `web` by the gateway what is for db; tell whether a redirect came back."""
    with entered(web):
        ear = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    ear.settimeout(1)
    with closing(ear), closing(sender):
        sender.sendto(b"by the gateway", ("fd00:9::12", 40001))
        try:
            while ear.recv(2000)[0] != REDIRECT:
                pass
        except TimeoutError:
            return False
        return True


def test_gateway_of_a_private_segment_sends_no_redirects(make_lab: Callable[[str], Callable[[str], str]]) -> None:
    """What it would turn round it drops, but of the shorter way the kernel tells before that."""
    lab = make_lab(SITE)
    run("ip", "-n", lab("web"), "route", "add", "fd00:9::12/128", "via", "fd00:9::1", "dev", "eth0")
    assert not told_of_db(lab("web"))
    table = run("ip", "netns", "exec", lab("ch1"), "nft", "list", "tables", "inet").split()[-1]
    run("ip", "netns", "exec", lab("ch1"), "nft", f"flush chain inet {table} output-apps")
    assert told_of_db(lab("web"))
