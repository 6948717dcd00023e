"""What format 1 has and this version does not do yet.

It is looked for in the file as written, so that a mistake within such a feature does not hide that it is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netproof.declared import endpoints, overlay
from netproof.declared.document import Path
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet

SECTIONS = ("services", "registry", "bgp", "underlay")
OF_HOST = ("firewall",)
OF_ENDPOINT = ("nic", "mode", "container")


def unsupported(sheet: Sheet) -> Iterator[Problem]:
    """Name, each at its place, the keys that this version cannot obey."""
    tree = sheet.document.tree.value
    paths = _asked((), tree, SECTIONS)
    for section, of in (("hosts", _of_host), ("segments", _of_segment), ("endpoints", _of_endpoint)):
        for name, item in _mapping(tree.get(section)).items():
            paths += of((section, name), _mapping(item))
    for path in paths:
        word = sheet.document.value(path)
        what = f'"{word}" is ' if path[2:3] in (("attach",), ("overlay",)) else ""
        yield sheet.document.problem(path, f"{what}not supported by this version", key=not what)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _asked(path: Path, item: dict[str, Any], keys: tuple[str, ...]) -> list[Path]:
    """Return the paths of those `keys` that ask for something: not empty, not off."""
    return [(*path, key) for key in keys if item.get(key) not in (None, False, "off", [], {})]


def _of_host(path: Path, host: dict[str, Any]) -> list[Path]:
    return _asked(path, host, OF_HOST)


def _of_segment(path: Path, segment: dict[str, Any]) -> list[Path]:
    written = segment.get("overlay")
    at: Path = (*path, "overlay", "strategy") if isinstance(written, dict) else (*path, "overlay")
    word = written.get("strategy") if isinstance(written, dict) else written
    later = [s for s in overlay.FORMAT_STRATEGIES if s not in overlay.supported_strategies()]
    return [at] if word in later else []


SUPPORTED_OF_ENDPOINT = frozenset(
    ("host", "segment", "mac", "addresses", "gateway", "routes", "netns", "ifname", "guard")
)
"""Keys that most endpoints have no others than; `addresses` may still say dhcp."""


def _of_endpoint(path: Path, endpoint: dict[str, Any]) -> list[Path]:
    addresses = _list(endpoint.get("addresses"))
    if endpoint.keys() <= SUPPORTED_OF_ENDPOINT and "dhcp" not in addresses:
        return []
    paths = _asked(path, endpoint, OF_ENDPOINT)
    attach = endpoint.get("attach", "veth")
    if attach in endpoints.FORMAT_ATTACHMENTS and attach not in endpoints.supported_attachments():
        paths.append((*path, "attach"))
    if "dhcp" in addresses:
        paths.append((*path, "addresses", addresses.index("dhcp")))
    return paths
