"""The example under another name, so that a benchmark disturbs no lab of it."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "bridge-isolation" / "site.yaml"


def site_file(folder: Path, name: str, guests: int = 2) -> Path:
    """Write the example's site into `folder` with the name `name` and so many endpoints; return its file."""
    more = "".join(
        f"  vm{i}: {{host: hv1, segment: dmz, addresses: [198.51.100.{i + 10}/24, '2001:db8:51::{i + 10}/64'],"
        f" gateway: [198.51.100.254, '2001:db8:51::fe']}}\n"
        for i in range(3, guests + 1)
    )
    file = folder / "site.yaml"
    file.write_text(EXAMPLE.read_text().replace("site: demo", f"site: {name}") + more)
    return file
