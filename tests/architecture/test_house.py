"""The house keeps its own rules."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from netproof.registry import variants

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
REGISTRIES = (
    ("netproof.isolation", "METHOD"),
    ("netproof.attachments", "ATTACHMENT"),
    ("netproof.attachments.guard", "ITEM"),
    ("netproof.proof.classes", "PROBE"),
    ("netproof.render", "RENDERER"),
    ("netproof.audit.checks", "CHECK"),
    ("netproof.cli.verbs", "VERB"),
)
FORBIDDEN_ROOMS = {"utils", "util", "helpers", "common", "models", "misc"}


def test_rooms_without_meaning_do_not_exist() -> None:
    """No package or module is named for being a drawer."""
    assert not [p for p in SOURCES if p.stem in FORBIDDEN_ROOMS or p.parent.name in FORBIDDEN_ROOMS]


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_source_stays_within_its_budgets(source: Path) -> None:
    """Files stay under 320 lines and functions under 45: above that it is two things."""
    text = source.read_text()
    assert text.count("\n") <= 320
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 45, f"{node.name} at line {node.lineno}"


@pytest.mark.parametrize(("package", "constant"), REGISTRIES)
def test_every_variant_has_a_docstring_and_a_line_in_the_docs(package: str, constant: str) -> None:
    """A variant that nobody can read about does not exist for its user."""
    documented = "\n".join(p.read_text() for p in (ROOT / "docs").glob("*.md"))
    found = variants(package, constant)
    assert found, f"{package} offers nothing"
    for name in found:
        module = name.replace("-", "_")
        path = ROOT / "src" / package.replace(".", "/") / f"{module}.py"
        assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no docstring"
        assert re.search(rf"(`|netproof ){name}\b", documented), f"{package} {name} is not in docs/"


def test_no_shell_strings() -> None:
    """Nothing is run through a shell."""
    for source in SOURCES:
        text = source.read_text()
        assert "shell=True" not in text, source
        assert "os.system(" not in text, source
