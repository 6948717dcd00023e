"""Whatever stands in a site file, it is a site or it is told what is wrong: never a traceback."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netproof.declared.yaml import parse
from netproof.errors import InputError
from netproof.site.load import parse_site

CASES = Path(__file__).parents[2] / "cases" / "errors"
EVERYTHING = (CASES / "later-features-are-told-at-their-lines" / "site.yaml").read_bytes()
PLAIN = b"""\
netproof: 1
site: s
networks: {n: {subnets: [192.0.2.0/24]}, m: {mtu: 1500}}
hosts:
  h:
    nics: {eth0: {network: n, addresses: [192.0.2.1/24], gateway: 192.0.2.2}, eth1: {network: m}}
    routes: [{to: 10.0.0.0/8, via: 192.0.2.3, dev: eth0, metric: 5}]
    rules: [{priority: 5, from: 10.0.0.0/8, iif: lo, table: 7}]
stations: {r: {network: n, addresses: [192.0.2.2/24], gateway: [192.0.2.1]}, t: {nics: {a: {network: m}}}}
segments: {a: {uplinks: [h.eth1], isolation: [ingress]}}
endpoints: {e: {host: h, segment: a, addresses: [198.51.100.1/24], routes: [{to: default, via: 198.51.100.2}]}}
"""
TREES = [parse(EVERYTHING, "f").value, parse(PLAIN, "f").value]

WORDS = [
    "h",
    "a",
    "e",
    "n",
    "eth0",
    "h.eth1",
    "any",
    "auto",
    "off",
    "192.0.2.1/24",
    "::1",
    "10.0.0.0/8",
    "0",
    "",
    "x" * 50,
]
VALUES = st.one_of(
    st.sampled_from([None, True, False, 0, 1, -1, 2**64, 1.5, [], {}, [[]], [{}], {"": None}, {"x": {}}]),
    st.sampled_from(WORDS),
    st.text(max_size=5),
    st.lists(st.sampled_from(WORDS), max_size=2),
).map(copy.deepcopy)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to everything in `value`."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, item in items for p in ((*path, key), *paths(item, (*path, key)))]


@settings(max_examples=600)
@given(st.data())
def test_bent_site_is_read_or_told(data: st.DataObject) -> None:
    """Replace, remove or add a few things anywhere; a file that is refused has problems with places in it."""
    site = copy.deepcopy(data.draw(st.sampled_from(TREES)))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(paths(site) or [("site",)]))
        at = site
        for step in way:
            at = at[step]
        action = data.draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove" and last in (at if isinstance(at, dict) else range(len(at))):
            del at[last]
        elif action == "add" and isinstance(at, dict):
            at[data.draw(st.sampled_from([*WORDS, "vni", "guard", "nics", "routes"]))] = data.draw(VALUES)
        elif isinstance(at, dict) or last < len(at):
            at[last] = data.draw(VALUES)
    try:
        parse_site(json.dumps(site, ensure_ascii=False).encode(errors="replace"), "f")
    except InputError as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
