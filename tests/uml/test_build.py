"""What `make uml` asks of the kernel it builds."""

from __future__ import annotations

import re
from pathlib import Path

from netproof.cli.verbs.doctor import FEATURES

ROOT = Path(__file__).parents[2]


def test_kernel_that_we_build_has_whatever_doctor_asks_for() -> None:
    """Each option that a remedy names is among those that the kernel must take."""
    wanted = {option for *_, remedy in FEATURES for option in re.findall(r"CONFIG_\w+", remedy)} | {"CONFIG_TCP_MD5SIG"}
    asked = set(re.findall(r"^(CONFIG_\w+)=y$", (ROOT / "uml" / "kernel.config").read_text(), re.M))
    assert wanted - asked == set()
    assert len(wanted) > 5
