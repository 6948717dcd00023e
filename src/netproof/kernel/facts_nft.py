"""The nftables ruleset as facts: libnftables' JSON, and for devices its text, for the JSON of nft 1.0.6 names none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from netproof.errors import CannotError
from netproof.kernel import libnftables
from netproof.kernel.untold import UntoldError
from netproof.state.facts import NftChain, NftRule, NftRuleset

_Key = tuple[str, str, str]


def ruleset() -> NftRuleset:
    """Return the ruleset of the calling thread's namespace. Raises UntoldError."""
    try:
        told = json.loads(libnftables.run("list ruleset", as_json=True))["nftables"]
        devices = dict(_devices())
    except (CannotError, libnftables.NftRefusedError) as error:
        raise UntoldError(str(error)) from error
    rules: dict[_Key, list[NftRule]] = {}
    for rule in _each(told, "rule"):
        statements = NftRule(rule["handle"], tuple(rule["expr"]))
        rules.setdefault((rule["family"], rule["table"], rule["chain"]), []).append(statements)
    chains = tuple(
        _chain(chain, tuple(rules.get(_key(chain), ())), devices.get(_key(chain), frozenset()))
        for chain in _each(told, "chain")
    )
    named = [*_each(told, "set"), *_each(told, "map")]
    return NftRuleset(chains, {_key(one): tuple(one.get("elem", ())) for one in named})


def _chain(told: dict[str, Any], rules: tuple[NftRule, ...], devices: frozenset[str]) -> NftChain:
    return NftChain(
        *_key(told),
        rules,
        type=told.get("type", ""),
        hook=told.get("hook", ""),
        priority=told.get("prio", 0),
        policy=told.get("policy", "accept"),
        devices=devices,
    )


def _each(told: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    return (entry[kind] for entry in told if kind in entry)


def _key(told: dict[str, Any]) -> _Key:
    return told["family"], told["table"], told["name"]


def _devices() -> Iterator[tuple[_Key, frozenset[str]]]:
    """Yield the devices of each chain with a hook like ``type filter hook ingress devices = { a, b } priority …``."""
    for family, table, chain, hook in libnftables.base_chains():
        if found := re.search(r" devices? (?:= )?(.+?) priority ", hook):
            names = found[1].strip("{} ").split(",")
            yield (family, table, chain), frozenset(name.strip().strip('"') for name in names)
