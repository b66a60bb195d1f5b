"""Finds the fake vendors by name: modules of this package that name a ``VENDOR``."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import connectors.sandbox as home
from connectors.sandbox.vendor import Vendor


def vendors() -> dict[str, Vendor[Any]]:
    """A new, empty instance of every fake vendor, by slug."""
    names = (module.name for module in pkgutil.iter_modules(home.__path__))
    modules = (importlib.import_module(f"{home.__name__}.{name}") for name in names)
    kinds: list[type[Vendor[Any]]] = [
        found for module in modules if (found := getattr(module, "VENDOR", None))
    ]
    return {kind.slug: kind() for kind in kinds}
