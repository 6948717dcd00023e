"""The JSON Schema that editors complete by."""

from typing import Any

import pytest

from netproof.declared.schema import json_schema


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema()


def test_every_key_has_a_description(schema: dict[str, Any]) -> None:
    """An editor can explain each key."""
    shapes = [schema, *schema["$defs"].values()]
    without = [key for shape in shapes for key, value in shape["properties"].items() if not value.get("description")]
    assert len(shapes) > 20
    assert without == []


def test_unknown_keys_are_refused_everywhere(schema: dict[str, Any]) -> None:
    """An editor marks a misspelt key."""
    shapes = [schema, *schema["$defs"].values()]
    assert all(shape["additionalProperties"] is False for shape in shapes)


def test_keys_are_named_as_in_the_file(schema: dict[str, Any]) -> None:
    """`from` is a key, Python's `from_` is not."""
    assert "from" in schema["$defs"]["PolicyLine"]["properties"]
    assert "from" in schema["$defs"]["Rule"]["properties"]
    assert "from_" not in str(schema)


def test_overlay_offers_words_and_every_strategys_options(schema: dict[str, Any]) -> None:
    """The key's class is picked by another key, and still all of them are offered."""
    overlay = str(schema["$defs"]["Segment"]["properties"]["overlay"])
    for strategy in ("multicast", "flood", "static-l2", "static-l3", "dynamic-l3", "evpn"):
        assert f"'{strategy}'" in overlay
    assert "group" in schema["$defs"]["Multicast"]["properties"]


def test_isolation_offers_every_method_of_this_version(schema: dict[str, Any]) -> None:
    """Methods are found by listing their package."""
    words = schema["$defs"]["Segment"]["properties"]["isolation"]["anyOf"][0]["enum"]
    assert {"auto", "none", "ingress", "bridge-filter", "tc-ingress", "rp-filter", "disable-ipv6"} <= set(words)
