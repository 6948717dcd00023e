"""The proof of tenants over VXLAN: all kinds, both families, from 10 to 300 endpoints in segments of ten on 5 hosts.

Timed is the proof alone, from its first packet to the last verdict; lab and twin stand before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from netproof.lab.lab import Lab, down, twin_of, up
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site

HOSTS, EACH = 5, 10
SIZES = (10, 30, 100, 300)
WANTED = 15.0
"""Seconds for 100 endpoints in 10 segments."""


def run() -> None:
    """Print claims, seconds and claims a second for each size."""
    for size in SIZES:
        report, cpu = _proved(fabric(size))
        kept, count = report.summary["kept"], len(report.results)
        wanted = f" (wanted: at most {WANTED:.0f} s)" if size == 100 else ""
        print(
            f"{size} endpoints: {count:,} claims, {kept:,} kept, in {report.seconds:.1f} s ({cpu:.1f} s of CPU), "
            f"{count / report.seconds:,.0f} claims a second{wanted}",
            flush=True,
        )


def fabric(size: int) -> Site:
    """Return a site of `size` endpoints, ten to a segment, spread over the hosts."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "site.yaml")
        file.write_text("\n".join(_lines(size)))
        return load_site(str(file))


def _lines(size: int) -> Iterator[str]:
    yield "netproof: 1\nsite: benchfab\nnetworks: {core: {subnets: [203.0.113.0/24, '2001:db8:1::/64'], mtu: 1600}}"
    yield "hosts:"
    for host in range(1, HOSTS + 1):
        addresses = f"[203.0.113.{host}/24, '2001:db8:1::{host}/64']"
        yield f"  hv{host}: {{vtep: 203.0.113.{host}, nics: {{eth0: {{network: core, addresses: {addresses}}}}}}}"
    yield "segments:"
    for segment in range(size // EACH):
        overlay = ("flood", "static-l2")[segment % 2]
        subnets = f"[10.{segment}.0.0/24, 'fd00:{segment:x}::/64']"
        yield f"  s{segment}: {{subnets: {subnets}, vni: {100 + segment}, overlay: {overlay}}}"
    yield "endpoints:"
    for number in range(size):
        segment, place = divmod(number, EACH)
        addresses = f"[10.{segment}.0.{place + 1}/24, 'fd00:{segment:x}::{place + 1}/64']"
        yield f"  e{number}: {{host: hv{place % HOSTS + 1}, segment: s{segment}, addresses: {addresses}}}"


def _proved(site: Site) -> tuple[Report, float]:
    down(site.name)
    lab: Lab = up(site)
    try:
        with twin_of(site) as twin:
            before = os.times()
            report = prove(lab.site, claims(furnished(site)), lab.vantages(), twin.vantages())
            after = os.times()
    finally:
        down(site.name)
    return report, sum(after[:4]) - sum(before[:4])  # with that of the process that plays the open twin
