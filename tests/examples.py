"""The examples that ship."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "examples"
EVERY = {path.parent.name: path for path in sorted(FOLDER.glob("*/site.yaml"))}
ASKING = {"trunk": "vlan-links"}
"""Those that ask of a kernel what not every one has, and what that is: tests/uml proves them where it is."""
FOR_ANY_KERNEL = {name: path for name, path in EVERY.items() if name not in ASKING}
