"""The two sizes: SQLite with a folder as the queue, or a database server and a broker."""

from __future__ import annotations

import os
import secrets
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bench.processes import ROOT


@dataclass(frozen=True)
class Size:
    """``database``, ``broker``: URLs of servers; empty means that none is needed."""

    database: str = ""
    broker: str = ""

    @property
    def name(self) -> str:
        """As people say it: embedded, or what it runs on."""
        if not self.database and not self.broker:
            return "embedded"
        return " + ".join((_told(self.database) or "SQLite", _told(self.broker) or "folder"))

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Place]:
        """An empty database of our own, gone afterwards."""
        if not self.database:
            yield Place(f"sqlite:///{folder / 'bench.sqlite3'}", self.broker, folder)
            return
        name = f"orchestrator_bench_{secrets.token_hex(4)}"
        _on_server(self.database, "CREATE DATABASE {}", name)
        try:
            yield Place(urlsplit(self.database)._replace(path=f"/{name}").geturl(), self.broker, folder)
        finally:
            _on_server(self.database, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def versions(self) -> str:
        if not self.database:
            return f"SQLite {sqlite3.sqlite_version}"
        with psycopg.connect(_server(self.database)) as connection:
            return f"PostgreSQL {connection.info.server_version // 10000}"


@dataclass(frozen=True)
class Place:
    """Where one run lives: its database, its queue, its files."""

    database: str
    broker: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Ours, without what the machine or its .env brings along. An empty setting is the default."""
        settings = (ROOT / ".env.example").read_text().splitlines()
        names = [line.partition("=")[0] for line in settings if line[:1].isalpha()]
        return {
            **os.environ,
            **dict.fromkeys(names, ""),
            "DATABASE_URL": self.database,
            "CELERY_BROKER_URL": self.broker,
            "QUEUE_DIR": str(self.folder / "queue"),
            "SECRET_KEY": secrets.token_hex(30),
            "CREDENTIAL_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "ALLOW_LOOPBACK_VENDORS": "true",
            "LOG_LEVEL": "ERROR",
        }

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows that an SQL question finds."""
        if not self.database.startswith("sqlite"):
            with psycopg.connect(self.database) as connection:
                return connection.execute(question.encode()).fetchall()
        path = self.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as file:
            return file.execute(question).fetchall()

    def bytes(self) -> int:
        """What the tables and indexes take on the disk."""
        if self.database.startswith("sqlite"):
            ((pages,),), ((size,),) = self.ask("PRAGMA page_count"), self.ask("PRAGMA page_size")
            return int(pages) * int(size)
        return int(self.ask("SELECT pg_database_size(current_database())")[0][0])

    def tidy(self) -> None:
        """What autovacuum does once a minute: the room that old row versions took can be used again."""
        if not self.database.startswith("sqlite"):
            with psycopg.connect(self.database, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")

    def server_pids(self) -> list[int]:
        """The server's processes that work for us, where it runs on this machine."""
        if self.database.startswith("sqlite"):
            return []
        mine = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [int(pid) for (pid,) in self.ask(mine)]


def chosen(environment: Mapping[str, str]) -> Size:
    """What ``DATABASE_URL`` and ``CELERY_BROKER_URL`` ask for; a file or a folder is the embedded size."""
    database, broker = (environment.get(name, "") for name in ("DATABASE_URL", "CELERY_BROKER_URL"))
    return Size(
        "" if database.startswith("sqlite") else database, "" if broker.startswith("filesystem") else broker
    )


def _told(url: str) -> str:
    scheme = urlsplit(url).scheme
    names = {"postgres": "PostgreSQL", "postgresql": "PostgreSQL", "redis": "Redis", "amqp": "RabbitMQ"}
    return names.get(scheme, scheme)


def _server(url: str) -> str:
    return urlsplit(url)._replace(path="/postgres").geturl()


def _on_server(url: str, statement: str, name: str) -> None:
    with psycopg.connect(_server(url), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
