"""Log lines are JSON, carry their trace, and hold no secret and no personal data."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import Context
from secrets import token_hex
from typing import Any

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from orchestrator import logs


def line(message: str, *args: object, **fields: Any) -> dict[str, Any]:
    """One record as it would be written."""
    record = logging.getLogger("shop").makeRecord(
        "shop", logging.WARNING, __file__, 1, message, args, fields.pop("exc_info", None), extra=fields
    )
    written: dict[str, Any] = json.loads(logs.JsonFormatter().format(record))
    return written


def test_line_has_time_level_message_and_what_stands_beside_it() -> None:
    written = line("A %s failed", "delivery", connection=7)

    assert written["at"].endswith("+00:00")
    assert written["level"] == "warning"
    assert written["message"] == "A delivery failed"
    assert written["connection"] == 7


def test_line_carries_the_trace_of_who_works() -> None:
    one, other = Context(), Context()
    one.run(logs.trace.set, "a1b2")

    assert one.run(line, "decided")["trace"] == "a1b2"
    assert "trace" not in other.run(line, "elsewhere")


@pytest.mark.parametrize(
    "text",
    [
        "Not Found: /hooks/s3cr3t-token/",
        "Not Found: /assessment/a/s3cr3t0123456789abcdef.signature/result/",
        "Gone: /assessment/s3cr3t0123456789abcdef.signature/",
        "for s3cr3t@shop.test",
        "Authorization: Bearer s3cr3t.token",
        "Authorization: Klaviyo-API-Key s3cr3t_key",
        "key pk_s3cr3t0123456789 was refused",
        "POST https://hooks.slack.com/services/T0/B0/s3cr3t",
        "postgres://ana:s3cr3t@db.test/shop is away",
        '{"api_key": "s3cr3t", "id": 5}',
        "webhook_secret=s3cr3t&page=2",
        "X-Shopify-Access-Token: s3cr3t",
    ],
)
def test_secrets_and_addresses_are_masked(text: str) -> None:
    assert "s3cr3t" not in json.dumps(line(text))


@pytest.mark.parametrize(
    "text",
    ["The worker process ended (signal 9)", "GET /admin/orchestrator/runlogentry/?page=2", "3 tokens left"],
)
def test_ordinary_words_stay(text: str) -> None:
    assert line(text)["message"] == text


def test_fields_and_errors_are_masked_too() -> None:
    try:
        raise ValueError("no route for ana@shop.test")
    except ValueError:
        written = line("failed", whom="ana@shop.test", exc_info=sys.exc_info())

    assert "ana@shop.test" not in json.dumps(written)
    assert "ValueError: no route for" in written["error"]


def test_objects_that_libraries_pass_along_are_left_out() -> None:
    assert "request" not in line("Not Found", request=RequestFactory().get("/"), status_code=404)


def test_readable_form_is_masked_as_well() -> None:
    record = logging.makeLogRecord({"name": "shop", "levelname": "INFO", "msg": "for ana@shop.test"})

    assert "ana@" not in logs.TextFormatter().format(record)


def test_error_report_shows_no_values() -> None:
    posted, local = token_hex(8), token_hex(8)  # their text stands in no source line
    request = RequestFactory().post("/admin/", {"note": posted})
    try:
        raise ValueError(f"broken after {len(local)}")
    except ValueError:
        report = ExceptionReporter(request, *sys.exc_info()).get_traceback_html()

    assert "broken after 16" in report
    assert local not in report
    assert posted not in report
