"""One arena for each worker, under a name of its own, so that workers never meet."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from mutants.arena import Arena, arena


@pytest.fixture(scope="package")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """The example with its open twin."""
    with arena(f"m{os.getpid()}", tmp_path_factory.mktemp("mutants")) as made:
        yield made
