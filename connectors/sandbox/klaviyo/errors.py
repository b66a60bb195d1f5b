"""How Klaviyo says no.

https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling
"""

from __future__ import annotations

import uuid

from connectors.sandbox.wire import Json, Reply, json_reply

MEDIA_TYPE = "application/vnd.api+json"


class Refused(Exception):
    """A request not carried out. ``pointer`` names the place in the body, ``parameter`` in the query."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        pointer: str = "",
        parameter: str = "",
        meta: Json | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        source = {"parameter": parameter} if parameter else {"pointer": pointer or "/data"}
        self.error: Json = {
            "id": str(uuid.uuid4()),
            "status": status,
            "code": code,
            "title": title,
            "detail": detail,
            "source": source,
            "links": {},
            "meta": meta or {},
        }

    def reply(self) -> Reply:
        return json_reply(self.status, {"errors": [self.error]}, MEDIA_TYPE)


def invalid(detail: str, pointer: str = "/data") -> Refused:
    """400 for something in the body."""
    return Refused(400, "invalid", "Invalid input.", detail, pointer=pointer)


def bad_parameter(detail: str, parameter: str) -> Refused:
    """400 for something in the query."""
    return Refused(400, "invalid", "Invalid input.", detail, parameter=parameter)


def missing(kind: str, number: str, pointer: str = "/data/id") -> Refused:
    return Refused(
        404, "not_found", "Not found.", f"A {kind} with id {number} does not exist.", pointer=pointer
    )
