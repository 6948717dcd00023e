"""What a gateway's forwarding must not open, though no claim speaks of it.

::

    web ── apps ──[10.9.0.1]── ch1 ── eth0 ── lan ── printer 192.168.14.9
    one, other ── side ──────── │
                                └──── eth1 ── storage ── nas 172.16.0.9
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import pytest

from netproof.kernel.netns import entered
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SITE = """
networks:
  lan:     {subnets: [192.168.14.0/24]}
  storage: {subnets: [172.16.0.0/24]}
hosts:
  ch1:
    nics:
      eth0: {network: lan, addresses: [192.168.14.1/24]}
      eth1: {network: storage, addresses: [172.16.0.1/24]}
stations:
  printer: {network: lan, addresses: [192.168.14.9/24], gateway: 192.168.14.1}
  nas:     {network: storage, addresses: [172.16.0.9/24], gateway: 172.16.0.1}
segments:
  apps: {subnets: [10.9.0.0/24], gateway: {hosts: [ch1], addresses: [10.9.0.1/24], nat: eth0}}
  side: {subnets: []}
endpoints:
  web:   {host: ch1, segment: apps, addresses: [10.9.0.11/24]}
  rogue: {host: ch1, segment: apps, addresses: [10.9.0.12/24], guard: {arp: off, ip: off}}
  one:   {host: ch1, segment: side, addresses: [10.9.0.11/8]}
  other: {host: ch1, segment: side, addresses: [10.9.0.99/8], guard: {arp: off, ip: off}}
"""
ONE, OTHER = 40001, 40002
Lab = Callable[[str], str]


def udp(netns: str, port: int, address: str = "") -> socket.socket:
    """Return a UDP socket at `port` in a namespace, of every address of it or of one."""
    with entered(netns):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    sock.settimeout(0.4)
    return sock


def heard(sock: socket.socket) -> str | None:
    """Return who said something to `sock`; None if nobody did."""
    try:
        return str(sock.recvfrom(100)[1][0])
    except TimeoutError:
        return None


@pytest.fixture
def lab(make_lab: Callable[[str], Lab]) -> Lab:
    """The site, built."""
    return make_lab(SITE)


def chain_emptied(lab: Lab, name: str) -> None:
    """Take the rules out of a chain of the host."""
    table = run("ip", "netns", "exec", lab("ch1"), "nft", "list", "tables", "inet").split()[-1]
    run("ip", "netns", "exec", lab("ch1"), "nft", f"flush chain inet {table} {name}")


def test_host_that_does_not_forward_does_not_begin_to_between_its_nics(lab: Lab) -> None:
    """What comes in where NAT leads out is forwarded to the segment alone: `forward` is off."""
    with closing(udp(lab("printer"), ONE)) as printer, closing(udp(lab("nas"), OTHER)) as nas:
        printer.sendto(b"in", ("172.16.0.9", OTHER))
        assert heard(nas) is None
        chain_emptied(lab, "between-nics")
        printer.sendto(b"in", ("172.16.0.9", OTHER))
        assert heard(nas) == "192.168.14.9"


def test_what_goes_out_bears_the_address_of_the_nic_and_is_answered(lab: Lab) -> None:
    """The station sees the host, and what it says comes back; what it says to another port does not."""
    with (
        closing(udp(lab("web"), ONE)) as web,
        closing(udp(lab("web"), OTHER)) as deaf,
        closing(udp(lab("printer"), OTHER)) as printer,
    ):
        web.sendto(b"out", ("192.168.14.9", OTHER))
        _, seen = printer.recvfrom(100)
        assert seen[0] == "192.168.14.1"
        printer.sendto(b"back", seen)
        assert heard(web) == "192.168.14.9"
        printer.sendto(b"in", ("10.9.0.11", OTHER))
        assert heard(deaf) is None


def test_connection_in_one_segment_opens_no_way_from_outside_into_another(lab: Lab) -> None:
    """Two segments have one address, and br_netfilter lets conntrack see both: a reply to one is none to the other."""
    run("ip", "-n", lab("other"), "address", "add", "192.168.14.9/32", "dev", "eth0")
    run("ip", "-n", lab("one"), "route", "add", "192.168.14.9/32", "dev", "eth0")
    run("ip", "netns", "exec", lab("ch1"), "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1")
    with (
        closing(udp(lab("one"), ONE)) as one,
        closing(udp(lab("other"), OTHER)) as other,
        closing(udp(lab("web"), ONE)) as web,
        closing(udp(lab("printer"), OTHER)) as printer,
    ):
        for opened in (False, True):
            if opened:
                chain_emptied(lab, "untracked")
            one.sendto(b"hello", ("192.168.14.9", OTHER))
            assert heard(other) == "10.9.0.11"
            printer.sendto(b"as if a reply", ("10.9.0.11", ONE))
            assert heard(web) == ("192.168.14.9" if opened else None)


def test_only_addresses_of_the_segment_are_let_out(lab: Lab) -> None:
    """Who says to be another segment's endpoint gets no answers sent there."""
    run("ip", "-n", lab("rogue"), "address", "add", "10.8.0.5/32", "dev", "eth0")
    with closing(udp(lab("rogue"), ONE, "10.8.0.5")) as rogue, closing(udp(lab("printer"), OTHER)) as printer:
        rogue.sendto(b"out", ("192.168.14.9", OTHER))
        assert heard(printer) is None
        chain_emptied(lab, "forward")
        rogue.sendto(b"out", ("192.168.14.9", OTHER))
        assert heard(printer) == "192.168.14.1"
