"""Our YAML reader beside PyYAML's: the same structure and strings, but for what is listed here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from netproof.declared.yaml import MAX_BYTES, parse, resolve
from netproof.errors import InputError

CORPUS = sorted((Path(__file__).parents[2] / "cases" / "yaml").glob("*.yaml"))

DIFFERENCES = {
    "yes": (True, "yes"),
    "No": (False, "No"),
    "on": (True, "on"),
    "OFF": (False, "OFF"),
    "012": (10, 12),
    "0o12": ("0o12", 10),
    "1_000": (1000, "1_000"),
    "0b11": (3, "0b11"),
    "0x_1F": (31, "0x_1F"),
    "-0x1F": (-31, "-0x1F"),
    "12:30": (750, "12:30"),
    "12:30.5": (750.5, "12:30.5"),
    "1e3": ("1e3", 1000.0),
    "1.5e3": ("1.5e3", 1500.0),
    "1_0.5": (10.5, "1_0.5"),
    ".5_5": (0.55, ".5_5"),
    "+.5": ("+.5", 0.5),
}
"""Plain scalars as (YAML 1.1 by PyYAML, YAML 1.2 core by us)."""


class Words(yaml.CSafeLoader):
    """PyYAML's structure and strings, with no plain scalar resolved."""


Words.yaml_implicit_resolvers = {}


def same(ours: Any, theirs: Any) -> bool:
    """Compare ours to PyYAML's unresolved tree: where ours is no string, theirs is any scalar."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and list(ours) == list(theirs) and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours == theirs if isinstance(ours, str) else isinstance(theirs, str)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.stem)
def test_corpus_has_pyyamls_structure_and_strings(case: Path) -> None:
    """What YAML's own examples and our corners say is read as PyYAML reads it."""
    text = case.read_bytes()
    tree = parse(text, case.name)
    assert not tree.problems
    assert same(tree.value, yaml.load(text, Words))  # noqa: S506 -- a subclass of the safe loader


def test_corpus_is_found() -> None:
    """The corpus is not empty."""
    assert len(CORPUS) >= 15


@pytest.mark.parametrize("text", DIFFERENCES)
def test_plain_scalar_follows_yaml_1_2(text: str) -> None:
    """Where YAML 1.1 and 1.2 differ we read 1.2's core schema, and nowhere else."""
    theirs, ours = DIFFERENCES[text]
    assert parse(f"- {text}".encode(), "f").value == [ours]
    assert yaml.safe_load(f"- {text}") == [theirs]


@pytest.mark.parametrize(
    "text", ["null", "~", "", "true", "False", "12", "-3", "+4", "0x1F", "1.5", ".inf", "word", "a: b"]
)
def test_plain_scalar_common_to_both_is_equal(text: str) -> None:
    """What both schemas have is the same value of the same type."""
    ours, theirs = parse(f"- {text}".encode(), "f").value, yaml.safe_load(f"- {text}")
    assert ours == theirs
    assert type(ours[0]) is type(theirs[0])


def test_json_is_read() -> None:
    """A JSON file is a YAML file, tabs within brackets included."""
    value = {"netproof": 1, "site": "s", "list": [1, 2.5, True, None, "a\u00e9\n"], "empty": {}}
    assert parse(json.dumps(value).encode(), "f").value == value
    assert parse(json.dumps(value, indent="\t").encode(), "f").value == value


def test_place_of_everything_is_known() -> None:
    """Keys and values know line and column, in block and flow style and after a multi-line scalar."""
    tree = parse(b"a: |\n  two\n  lines\nb: {c: [x,  y]}\n", "f")
    _, _, children = tree.spot
    key, value, inner = children["b"]
    assert (key.line, key.column, value.line, value.column) == (3, 0, 3, 3)
    _, _, items = inner["c"]
    assert (items[1][1].line, items[1][1].column) == (3, 12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: " + b"[" * 10_000 + b"]" * 10_000, "more than 50 levels"),
        (b"".join(b" " * i + b"a:\n" for i in range(3000)), "more than 50 levels"),
        (b"- " * 10_000 + b"x", "more than 50 levels"),
        (b"{a: " * 10_000, "more than 50 levels"),
        (b"a: \xff\xfe", "byte 0xff is not UTF-8"),
        ("a: 1".encode("utf-16"), "byte 0xff is not UTF-8"),
        (b"a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "alias *a is refused"),
        (b"a: \x00", "may not stand in YAML"),
        (b"a: ! b", "tag ! is refused"),
        (b'a: ! "12"', "tag ! is refused"),
        (b"a: " + b"9" * 5000, "number of 5000 digits"),
        (b"{a: 1\n", "not YAML"),
        (b'"' + b"k" * 100_000 + b'": 1', ""),
    ],
    ids=[
        "brackets",
        "indents",
        "dashes",
        "braces",
        "latin",
        "utf16",
        "bomb",
        "nul",
        "tag",
        "tag2",
        "digits",
        "open",
        "key",
    ],
)
def test_yaml_trick_is_refused_in_a_sentence(text: bytes, said: str) -> None:
    """What could hurt a reader is told, quickly, and nothing is expanded."""
    try:
        problems = list(parse(text, "f").problems)
    except InputError as error:
        problems = list(error.problems)
    assert any(said in problem.message for problem in problems) or not said


def test_file_of_50_megabytes_is_refused_unread() -> None:
    """Size is judged before content."""
    with pytest.raises(InputError, match="bigger than 16 MB"):
        parse(b"#" * (50 << 20), "f")
    assert MAX_BYTES == 16 << 20


def test_mistakes_without_end_are_cut_off() -> None:
    """A hundred mistakes are enough to be told."""
    with pytest.raises(InputError, match="the rest of the file was not read") as caught:
        parse(b"a: 1\n" * 1000, "f")
    assert len(caught.value.problems) == 101


@settings(max_examples=400)
@given(st.text(st.sampled_from("ab1:-, \n#[]{}\"'|>?&*!%@`\\~.0\t<="), max_size=60))
@example("! a")
@example("a: 'b''c'\n")
@example("? a\n: b\n")
def test_any_text_is_read_as_pyyaml_does_or_refused(text: str) -> None:
    """No text makes a traceback; what is accepted has PyYAML's structure and strings."""
    try:
        tree = parse(text.encode(), "f")
    except InputError:
        return
    if not tree.problems:
        assert same(tree.value, yaml.load(text, Words))  # noqa: S506 -- a subclass of the safe loader


@settings(max_examples=200)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    """No bytes make a traceback."""
    try:
        parse(text, "f")
    except InputError as error:
        assert error.problems


def equal(ours: Any, written: Any) -> bool:
    """Compare, but for words that PyYAML leaves unquoted because 1.1 has them not: 1e3, say."""
    if isinstance(ours, dict):
        return (
            isinstance(written, dict)
            and ours.keys() == written.keys()
            and all(equal(ours[k], written[k]) for k in ours)
        )
    if isinstance(ours, list):
        return isinstance(written, list) and len(ours) == len(written) and all(map(equal, ours, written))
    return ours == written or (isinstance(written, str) and resolve(written) == ours)


class Plain(yaml.SafeDumper):
    """PyYAML's writer, which never writes an alias."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.text(max_size=20))
_TREES = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200)
@given(_TREES, st.booleans())
def test_any_value_that_pyyaml_writes_is_read_back(value: Any, flow: bool) -> None:
    """Dumped by PyYAML in either style, a tree of JSON's values comes back; 1.1's words come quoted and stay words."""
    text = yaml.dump(value, Dumper=Plain, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    assume(yaml.load(text, yaml.CSafeLoader) == value)  # PyYAML folds U+0085 and its like away
    tree = parse(text.encode(), "f")
    assert tree.problems or equal(tree.value, value)
