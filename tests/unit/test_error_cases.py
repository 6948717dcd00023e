"""Every folder of tests/cases/errors is a requirement: this site file is refused with exactly these sentences."""

from pathlib import Path

import pytest

from netproof.errors import InputError
from netproof.site.load import parse_site

CASES = sorted((Path(__file__).parents[1] / "cases" / "errors").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_site_file_with_mistakes_is_told_them(case: Path) -> None:
    """All mistakes of the file are told, each at its place, and nothing else."""
    with pytest.raises(InputError) as caught:
        parse_site((case / "site.yaml").read_bytes(), "site.yaml")
    assert f"{caught.value}\n" == (case / "expected.txt").read_text()


def test_error_cases_are_many() -> None:
    """The collection is found, and has not shrunk."""
    assert len(CASES) >= 140
