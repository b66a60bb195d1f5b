"""Makes our console the admin site, and registers every page of it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """``django.contrib.admin`` with our site; the pages are the modules of this package."""

    default = False
    default_site = "orchestrator.admin.site.Console"

    def ready(self) -> None:
        super().ready()
        package = import_module("orchestrator.admin")
        for module in iter_modules(package.__path__):
            import_module(f"orchestrator.admin.{module.name}")
