"""A column of bytes that are compressed on the disk."""

from __future__ import annotations

import zlib
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

LEVEL = 1  # JSON shrinks to a third at once; more effort gains little
MARK = b"\x78\x01"  # how zlib begins at this level


class PackedField(models.BinaryField):  # type: ignore[type-arg]  # generic for the type checker only
    """To Python and to the database it is a BinaryField. What was stored unpacked is read as it is."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """No migration has to know."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.BinaryField", list(arguments), dict(options)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        packed = None if value is None else zlib.compress(bytes(value), LEVEL)
        return super().get_db_prep_value(packed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> bytes | None:
        if value is None:
            return None
        stored = bytes(value)
        if not stored.startswith(MARK):
            return stored
        try:
            return zlib.decompress(stored)
        except zlib.error:
            return stored
