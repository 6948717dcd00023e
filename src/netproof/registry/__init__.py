"""Finding what a package offers by listing it: one new file beside its siblings is a new variant.

A variant is a module whose public constant (``METHOD``, ``PROBE``, ``KIND`` …) is the thing itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any


@cache
def variants(package: str, constant: str) -> dict[str, Any]:
    """Return ``{variant.name: variant}`` for every module of `package` that defines `constant`, by module name.

    Raises `RuntimeError` if two variants bear one name: that is a mistake of the program, not of its user.
    """
    found: dict[str, Any] = {}
    path = importlib.import_module(package).__path__
    for name in sorted(module.name for module in pkgutil.iter_modules(path)):
        variant = getattr(importlib.import_module(f"{package}.{name}"), constant, None)
        if variant is None:
            continue
        if variant.name in found:
            raise RuntimeError(f"two {package} variants are named {variant.name!r}")
        found[variant.name] = variant
    return found
