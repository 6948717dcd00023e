"""What the documentation says of the command line is what the command line has, and the reverse."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netproof.cli.main import parser

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "commands.md").read_text()


def _verbs() -> dict[str, argparse.ArgumentParser]:
    actions = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(actions[0].choices)


def _options(verb: argparse.ArgumentParser) -> set[str]:
    found = {s for a in verb._actions for s in a.option_strings if s.startswith("--")}
    for action in verb._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                found |= _options(sub)
    return found - {"--help"}


def test_documented_verbs_are_the_verbs_there_are() -> None:
    """Each verb has a heading, each heading is a verb."""
    assert set(re.findall(r"^## netproof ([a-z]+)", PAGE, re.M)) == set(_verbs())


@pytest.mark.parametrize("name", sorted(_verbs()))
def test_documented_options_are_the_options_there_are(name: str) -> None:
    """The verb's section names its options and no other."""
    section = re.split(r"^## ", PAGE.split(f"## netproof {name}\n")[1], maxsplit=1, flags=re.M)[0]
    assert set(re.findall(r"--[a-z]+", section)) | {"--format"} == _options(_verbs()[name]) | {"--format"}


@pytest.mark.parametrize("status", ["0", "1", "2", "3", "4", "130"])
def test_every_exit_status_is_documented(status: str) -> None:
    """Docs and `--help` list the same exit statuses."""
    assert re.search(rf"^\| \*\*{status}\*\* \|", PAGE, re.M)
    helped = subprocess.run([sys.executable, "-m", "netproof", "--help"], capture_output=True, text=True, check=True)
    assert re.search(rf"\b{status} ", helped.stdout)
