"""Reads settings from the environment and .env; every complaint is one sentence and never shows the value."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def _flag(value: str) -> bool:
    if value.lower() not in TRUE | FALSE:
        raise ValueError
    return value.lower() in TRUE


def _seconds(value: str) -> float:
    number = float(value)
    if not 0 < number < 10**9:
        raise ValueError
    return number


def _part(value: str) -> float:
    number = float(value)
    if not 0 < number <= 1:
        raise ValueError
    return number


def _count(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError
    return number


def _names(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    return value.rstrip("/")


class Environment:
    """An empty value counts as absent, so that ``NAME=`` in .env means "the default"."""

    def __init__(self, file: Path) -> None:
        environ.Env.read_env(file)

    def text(self, name: str, default: str = "") -> str:
        return os.environ.get(name, "").strip() or default

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of ``choices``, the first of them when absent."""
        value = self.text(name, choices[0])
        if value not in choices:
            raise _wrong(name, " or ".join(choices))
        return value

    def flag(self, name: str, default: bool) -> bool:
        return self._read(name, _flag, default, "true or false")

    def count(self, name: str, default: int) -> int:
        return self._read(name, _count, default, "a whole number above zero, such as 8")

    def seconds(self, name: str, default: float) -> float:
        return self._read(name, _seconds, default, "a number of seconds above zero, such as 20")

    def part(self, name: str, default: float) -> float:
        return self._read(name, _part, default, "a part above zero, at most 1, such as 0.9")

    def names(self, name: str, default: Iterable[str] = ()) -> list[str]:
        return self._read(name, _names, list(default), "a list with commas")

    def origin(self, name: str, default: str) -> str:
        """An outside address, without a slash at its end."""
        return self._read(name, _origin, default, "an address such as https://orchestrator.example.com")

    def database(self, name: str, default: str, base: Path) -> dict[str, Any]:
        """SQLite or PostgreSQL, by URL. A relative SQLite file is looked for from ``base``."""
        url, config = self.text(name, default), {}
        # Others are refused here: django-environ would answer with a warning that shows the URL.
        if url.startswith(("sqlite:///", "postgres://", "postgresql://")):
            with suppress(ValueError, TypeError):
                config = environ.Env.db_url_config(url)
        if not config.get("NAME"):
            raise _wrong(name, "sqlite:///FILE or postgres://USER:PASSWORD@HOST:5432/NAME")
        if url.startswith("sqlite") and config["NAME"] != ":memory:":
            config["NAME"] = str(_file_in_a_folder(base / config["NAME"], name))
        return config

    def require(self, *wanted: str) -> None:
        """Names everything that is missing at once."""
        missing = [name for name in wanted if not self.text(name)]
        if missing:
            raise ImproperlyConfigured(
                f"ENVIRONMENT=production does not start without {_listed(missing)}: "
                "set what is missing in the environment or in .env (.env.example explains each)."
            )

    def _read(self, name: str, read: Callable[[str], T], default: T, wanted: str) -> T:
        value = self.text(name)
        try:
            return read(value) if value else default
        except ValueError:
            raise _wrong(name, wanted) from None


def _file_in_a_folder(file: Path, name: str) -> Path:
    if not file.parent.is_dir():
        raise ImproperlyConfigured(f"There is no folder {file.parent}: create it, or correct {name}.")
    return file


def _wrong(name: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} in the environment or in .env must be {wanted}.")


def _listed(items: list[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if items[1:] else items)
