"""Writes many rows in few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.db import IntegrityError, connections, models, router, transaction
from django.db.models import Field, Model
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

Row = TypeVar("Row", bound=Model)

MOMENTS = 128  # of one column that are kept ready: those of a batch
CROWD = 20  # rows that may be there already are copied from this number on
# Of these kinds a row holds what the driver takes: there is nothing to prepare.
PLAIN = (models.CharField, models.TextField, models.BooleanField, models.IntegerField, models.ForeignKey)


def create_or_update(rows: Iterable[Row], fields: Sequence[str], *, keyed: bool = True) -> None:
    """Insert new rows; of known ones write ``fields`` only. ``keyed``: the new ones are told their keys.

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
    if new and keyed:
        type(new[0])._default_manager.bulk_create(new)
    else:
        append(new)


def append(rows: Sequence[Model], *, ignore_conflicts: bool = False) -> None:
    """Insert new rows of one table whose keys nobody needs afterwards.

    As ``bulk_create``, which prepares an expression for each value of each row and so takes most of the
    time that a batch costs. Here the statement is made once, values that need nothing are left alone, and
    PostgreSQL takes the rows as a copy; one by one only if some of them are there already.
    """
    if not rows:
        return
    alias = router.db_for_write(type(rows[0]))
    database = connections[alias]
    insert = _insert(type(rows[0]), alias, database.vendor, ignore_conflicts)
    values = [
        [prepared(get(row)) if prepared else get(row) for get, prepared in insert.columns] for row in rows
    ]
    with transaction.atomic(using=alias, savepoint=False), database.cursor() as cursor:
        if not insert.copy or (ignore_conflicts and len(values) < CROWD):
            cursor.executemany(insert.statement, values)
        elif not ignore_conflicts:
            _copy(cursor, insert.copy, values)
        else:
            try:
                with transaction.atomic(using=alias):
                    _copy(cursor, insert.copy, values)
            except IntegrityError:  # one is there already, and a copy leaves none out
                cursor.executemany(insert.statement, values)


def _copy(cursor: Any, statement: str, values: Iterable[Sequence[Any]]) -> None:
    with cursor.db.wrap_database_errors, cursor.copy(statement) as copy:
        for each in values:
            copy.write_row(each)


class Insert(NamedTuple):
    """The statement for one row, what to take from each row, and what prepares it where that is needed."""

    statement: str
    columns: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any] | None], ...]
    copy: str  # how PostgreSQL takes all rows at once


@cache
def _insert(model: type[Model], alias: str, vendor: str, ignore_conflicts: bool) -> Insert:
    """``vendor`` is the database's: an alias may stand for another one in a thread (see decide.replay)."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = tuple((attrgetter(field.attname), _prepared(field, alias)) for field in fields)
    query = InsertQuery(model, on_conflict=OnConflict.IGNORE if ignore_conflicts else None)
    query.insert_values(fields, [model()], raw=True)
    ((statement, _),) = query.get_compiler(alias).as_sql()
    begin, _, _ = statement.removeprefix("INSERT INTO ").partition(" VALUES ")
    return Insert(statement, columns, f"COPY {begin} FROM STDIN" if vendor == "postgresql" else "")


def _prepared(field: Field[Any, Any], alias: str) -> Callable[[Any], Any] | None:
    """Makes the field's values ready for the driver. Many rows of a batch bear the same moments.

    Nothing is asked of the database, so the connection of whichever thread comes first will do.
    """
    if isinstance(field, PLAIN):
        return None
    prepared = partial(field.get_db_prep_save, connection=connections[alias])
    return lru_cache(MOMENTS)(prepared) if isinstance(field, models.DateTimeField) else prepared
