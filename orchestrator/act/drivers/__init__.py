"""Ways to show a hold at a vendor, found by name: a module here is named like the vendor state it drives."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import datetime
from functools import cache
from typing import Protocol, cast

from connectors.models import Connection
from connectors.roles import Marketing
from orchestrator.act.holding import Batch


class Driver(Protocol):
    """What each module offers."""

    def is_prepared(self, connection: Connection) -> bool:
        """While it is not, one worker begins alone."""

    def drive(self, vendor: Marketing, batch: Batch) -> None:
        """Bring the batch in line. Raises VendorError; what was settled before stays settled."""

    def compare(self, connection: Connection, vendor: Marketing, now: datetime) -> None:
        """The hourly look at what the vendor shows. Raises VendorError."""


@cache
def all_drivers() -> dict[str, Driver]:
    """Key of the vendor state → module, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(Driver, importlib.import_module(f"{__name__}.{name}")) for name in names}
