"""Writes many rows in few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.db import connections, models, router, transaction
from django.db.models import Field, Model
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

Row = TypeVar("Row", bound=Model)
Column = Callable[[Any], Any]

# Of these kinds a row holds what the driver takes: there is nothing to prepare.
PLAIN = (models.CharField, models.TextField, models.BooleanField, models.IntegerField, models.ForeignKey)


def create_or_update(rows: Iterable[Row], fields: Sequence[str]) -> None:
    """Insert new rows; of known ones write ``fields`` only.

    An upsert on the key, because Django's ``bulk_update`` builds a CASE for each row and column and
    is some ten times slower.
    """
    rows = list(rows)
    new = [row for row in rows if row.pk is None]
    known = [row for row in rows if row.pk is not None]
    known.sort(key=lambda row: row.pk)  # two writers that lock in the same order cannot block each other
    if known:
        type(known[0])._default_manager.bulk_create(
            known, update_conflicts=True, unique_fields=["pk"], update_fields=fields
        )
    if new:
        type(new[0])._default_manager.bulk_create(new)


def append(rows: Sequence[Model], *, ignore_conflicts: bool = False) -> None:
    """Insert new rows of one table whose keys nobody needs afterwards.

    As ``bulk_create``, which prepares an expression for each value of each row and so takes most of the
    time that a batch costs. Here the statement is made once, values that need nothing are left alone, and
    PostgreSQL takes the rows as a copy where none can be there already.
    """
    if not rows:
        return
    alias = router.db_for_write(type(rows[0]))
    insert = _insert(type(rows[0]), alias, connections[alias].vendor, ignore_conflicts)
    values = ([column(row) for column in insert.columns] for row in rows)
    with transaction.atomic(using=alias, savepoint=False), connections[alias].cursor() as cursor:
        if insert.copy:
            with cursor.copy(insert.copy) as copy:
                for each in values:
                    copy.write_row(each)
        else:
            cursor.executemany(insert.statement, list(values))


class Insert(NamedTuple):
    """The statement for one row, what to take from each, and how PostgreSQL takes all at once."""

    statement: str
    columns: tuple[Column, ...]
    copy: str


@cache
def _insert(model: type[Model], alias: str, vendor: str, ignore_conflicts: bool) -> Insert:
    """``vendor`` is the database's: an alias may stand for another one in a thread (see decide.replay)."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    query = InsertQuery(model, on_conflict=OnConflict.IGNORE if ignore_conflicts else None)
    query.insert_values(fields, [model()], raw=True)
    ((statement, _),) = query.get_compiler(alias).as_sql()
    begin, _, _ = statement.removeprefix("INSERT INTO ").partition(" VALUES ")
    can_copy = vendor == "postgresql" and not ignore_conflicts
    copy = f"COPY {begin} FROM STDIN" if can_copy else ""
    return Insert(statement, tuple(_column(field, alias) for field in fields), copy)


def _column(field: Field[Any, Any], alias: str) -> Column:
    value = attrgetter(field.attname)
    if isinstance(field, PLAIN):
        return value
    return lambda row: field.get_db_prep_save(value(row), connections[alias])
