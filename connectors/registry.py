"""Finds vendors by name: every module in ``connectors.vendors`` is one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from connectors import vendors
from connectors.roles import Vendor


@cache
def all_vendors() -> dict[str, type[Vendor]]:
    """Slug → class, in alphabetical order."""
    found: dict[str, type[Vendor]] = {}
    for module in sorted(pkgutil.iter_modules(vendors.__path__), key=lambda each: each.name):
        loaded = importlib.import_module(f"{vendors.__name__}.{module.name}")
        for value in vars(loaded).values():
            if isinstance(value, type) and issubclass(value, Vendor) and "slug" in vars(value):
                found[value.slug] = value
    return found


def vendor_class(slug: str) -> type[Vendor]:
    """Raises KeyError when no such vendor exists."""
    return all_vendors()[slug]


def choices() -> list[tuple[str, str]]:
    return [(slug, vendor.label) for slug, vendor in all_vendors().items()]
