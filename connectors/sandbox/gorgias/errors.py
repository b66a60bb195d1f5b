"""How Gorgias says no."""

from __future__ import annotations

from connectors.sandbox.wire import Json, Reply, json_reply


class Refused(Exception):
    """A request that the helpdesk does not carry out."""

    def __init__(self, status: int, message: str, data: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.data = data

    def reply(self) -> Reply:
        body: Json = {"msg": self.message}
        if self.data:
            body["data"] = self.data
        return json_reply(self.status, {"error": body})


def invalid(message: str, **data: list[str]) -> Refused:
    """400 with the complaint of each field."""
    return Refused(400, message, dict(data))


def not_emulated(what: str) -> Refused:
    """What the vendor can and this fake cannot: said aloud, so that nobody trusts an empty answer."""
    return Refused(501, f"The sandbox does not emulate {what}.")


def missing() -> Refused:
    return Refused(404, "Not found.")
