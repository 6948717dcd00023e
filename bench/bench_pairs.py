"""Who reaches whom among 100 endpoints: the prover's own engine, beside 32 `ping` at a time.

Ours: an ICMP packet from every endpoint to every other, put on its interface, and heard where it comes out. Theirs:
one `ping` a pair, for a sample of the pairs, few enough for the neighbour tables, whose limit is the whole machine's.
"""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, permutations
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.example import site_file
from netproof.lab.lab import Lab, down, up
from netproof.lab.nodes import netns_of
from netproof.proof.engine import Engine
from netproof.proof.honest import unicast
from netproof.proof.parties import members
from netproof.proof.probe import Shot
from netproof.proof.realm import Realm
from netproof.proof.scene import Scene
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.site.opened import opened

ENDPOINTS, ROUNDS, SAMPLE, PARALLEL = 100, 3, 400, 32


def run() -> None:
    """Print the pairs a second of both and the ratio of their medians: on ports as they are by default, and on bare."""
    with TemporaryDirectory() as folder:
        site = load_site(site_file(Path(folder), "benchpairs", ENDPOINTS))
    for ports, each in (("guarded", site), ("bare", opened(site))):
        down(each.name)
        ours, theirs = _alternating(each)
        print(f"{ports} ports: pairs a second: engine {ours:,.0f}; {PARALLEL} ping at a time {theirs:,.0f}")
        print(f"  engine / ping: {ours / theirs:.0f} (wanted: 100)", flush=True)


def _alternating(site: Site) -> tuple[float, float]:
    """Return the medians of both on the same ports."""
    lab = up(site)
    ours, theirs = [], []
    try:
        for _ in range(ROUNDS):
            ours.append(_raw(lab))
            theirs.append(_pinged(lab))
    finally:
        down(site.name)
    return median(ours), median(theirs)


def _raw(lab: Lab) -> float:
    """Return how many pairs a second are sent to, and heard at the receiver; every one must be."""
    guests = {name: vantage for name, vantage in lab.vantages().items() if name in lab.site.endpoints}
    scene = Scene(lab.site, guests)
    realm = Realm("lab", scene)
    realm.open()
    engine = Engine([realm])
    try:
        stands = [stand for stand in members(lab.site, "dmz") if stand.node in guests]
        shots = [
            Shot(its.node, mine.spot, unicast(scene, mine, its, family="ipv4"), its.spot)
            for mine, its in permutations(stands, 2)
        ]
        flights = [engine.enlist(shot, realm, must_land=True) for shot in shots]
        engine.pulse()
        start = time.perf_counter()
        engine.fly(flights, copies=1)
        engine.settle(flights)
        seconds = time.perf_counter() - start
    finally:
        engine.close()
        realm.close()
    lost = sum(not flight.landed for flight in flights)
    assert not lost, f"{lost} of {len(flights)} pairs were not heard"
    return len(flights) / seconds


def _pinged(lab: Lab) -> float:
    """Return how many pairs a second 32 parallel `ping` try; every one must be answered."""
    endpoints = list(lab.site.endpoints.values())[: int(SAMPLE**0.5) + 1]
    pairs = list(islice(permutations(endpoints, 2), SAMPLE))
    commands = [
        [
            "ip",
            "netns",
            "exec",
            netns_of("lab", lab.site.name, mine.name),
            "ping",
            "-qc1",
            "-W2",
            str(its.addresses[0].ip),
        ]
        for mine, its in pairs
    ]
    start = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        done = list(pool.map(lambda command: subprocess.run(command, capture_output=True, check=False), commands))
    seconds = time.perf_counter() - start
    lost = sum(bool(each.returncode) for each in done)
    assert not lost, f"{lost} of {len(pairs)} pairs were not answered"
    return len(pairs) / seconds
