"""Loading a site of 1,000 hosts and 10,000 endpoints, beside PyYAML's C loader with the same reader of shapes.

Theirs knows no places and checks shapes only. Ours is timed twice: the same work with places, and the whole load
(cross checks and the site itself, which the peer does not do at all).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median

import yaml

from netproof.declared.document import read
from netproof.declared.sitefile import validated
from netproof.site.load import collector_paused, parse_site

HOSTS, ENDPOINTS_EACH, ROUNDS = 1000, 10, 9


def site_file() -> bytes:
    """Write the site file: a management NIC and an uplink a host, all endpoints in one segment."""
    lines = ["netproof: 1", "site: big", "networks:", "  core: {subnets: [10.0.0.0/8]}", "  public: {}", "hosts:"]
    for host in range(HOSTS):
        lines += [f"  h{host}:", "    nics:"]
        lines += [f"      eth0: {{network: core, addresses: [10.{host >> 8}.{host & 255}.1/8]}}"]
        lines += ["      eth1: {network: public}"]
    lines += ["segments:", "  guests:", "    subnets: [172.16.0.0/12]", "    uplinks:"]
    lines += [f"      - h{host}.eth1" for host in range(HOSTS)]
    lines += ["endpoints:"]
    for n in range(HOSTS * ENDPOINTS_EACH):
        lines += [f"  e{n}:", f"    host: h{n // ENDPOINTS_EACH}", "    segment: guests"]
        lines += [f"    addresses: [172.16.{(n + 1) >> 8}.{(n + 1) & 255}/12]"]
        lines += [f'    mac: "52:54:00:00:{n >> 8:02x}:{n & 255:02x}"']
    return "\n".join(lines).encode()


def run() -> None:
    """Print the medians of alternating runs and their ratios."""
    text = site_file()

    def peer() -> None:
        validated(yaml.load(text, yaml.CSafeLoader))

    def same_work() -> None:
        with collector_paused():
            read(text, "big.yaml")

    def whole() -> None:
        parse_site(text, "big.yaml")

    runs: dict[str, tuple[Callable[[], None], list[float]]] = {
        "PyYAML C loader + pydantic's core": (peer, []),
        "ours, with places": (same_work, []),
        "ours, with places, cross checks and site": (whole, []),
    }
    for _ in range(ROUNDS):
        for work, times in runs.values():
            gc.collect()
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
    theirs = median(runs["PyYAML C loader + pydantic's core"][1])
    for name, (_, times) in runs.items():
        print(f"{name:42} {median(times):6.3f} s   {theirs / median(times):4.1f}x")
