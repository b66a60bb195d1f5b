"""Log lines: JSON with the trace they belong to, without secrets and personal data."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, ItemsView
from contextvars import ContextVar
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

trace: ContextVar[str] = ContextVar("trace", default="")  # set by whoever works on one delivery or event
part: ContextVar[str] = ContextVar("part", default="")  # web, worker or beat

HIDDEN = "[masked]"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(/hooks/)[^/\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/assessment/(?:[ar]/)?)[^/\s\"']{20,}"), rf"\1{HIDDEN}"),
    (re.compile(r"(hooks\.slack\.com/)[^\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"(://)[^/\s\"'@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer|basic|klaviyo-api-key)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)\b([\w-]*(?:password|secret|token|api[_-]?key|private[_-]?key|signature)[\"']?\s*[=:]\s*)"
            r"[\"']?[^\s\"'&,;}\)]+"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\b(?:pk|sk|ck|cs|shp[a-z]{2}|xox[a-z])[_-]\w{6,}"), HIDDEN),
    (re.compile(r"[^\s\"'<>(){}\[\],;:=]+@[^\s\"'<>(){}\[\],;:=]+"), HIDDEN),
)
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def mask(text: str) -> str:
    """The same text without e-mail addresses, keys, tokens and passwords."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


class TextFormatter(logging.Formatter):
    """For reading along in a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class JsonFormatter(logging.Formatter):
    """One object a line; what was passed as ``extra`` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        line |= {name: var.get() for name, var in (("part", part), ("trace", trace)) if var.get()}
        line |= {name: _masked(value) for name, value in vars(record).items() if _is_ours(name, value)}
        if record.exc_info:
            line["error"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class ReportFilter(SafeExceptionReporterFilter):
    """Error reports show where something went wrong, never with which values."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|URL|WEBHOOK", flags=re.IGNORECASE
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType | TracebackType
    ) -> ItemsView[str, Any]:
        return {}.items()


def _is_ours(name: str, value: object) -> bool:
    """Whole objects that libraries pass along are not for a log."""
    return name not in _STANDARD and isinstance(value, str | int | float | bool | None)


def _masked(value: object) -> object:
    return mask(value) if isinstance(value, str) else value
