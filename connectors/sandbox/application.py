"""Answers one request: control or vendor, with whatever fault was ordered for it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from email.utils import format_datetime
from threading import Event
from typing import Any

from connectors.sandbox.control import Control
from connectors.sandbox.faults import LONG, Fault
from connectors.sandbox.vendor import Account, Vendor
from connectors.sandbox.wire import Reply, Request, json_reply

CONTROL = "/_control"
PAGE = "<!doctype html><html><head><title>Please wait</title></head><body>Checking your browser</body></html>"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """A reply and how it travels: whole, cut, drip, or reset (no reply at all)."""

    reply: Reply
    manner: str = "whole"


class Application:
    """The sandbox without its sockets."""

    def __init__(self) -> None:
        self.control = Control()
        self.halted = Event()

    def answer(self, request: Request) -> Outcome:
        try:
            outcome = self._answer(request)
        except Exception:
            log.exception("The sandbox failed at %s %s", request.method, request.path)
            outcome = Outcome(json_reply(500, {"error": "The sandbox itself failed; its log says where."}))
        now = self.control.around.clock.now()
        outcome.reply.headers["Date"] = format_datetime(now, usegmt=True)
        return outcome

    def _answer(self, request: Request) -> Outcome:
        if request.path.startswith(CONTROL + "/"):
            return Outcome(self.control.answer(request.at(request.target.removeprefix(CONTROL))))
        slug = request.path[1:].partition("/")[0]
        vendor = self.control.vendors.get(slug)
        if vendor is None:
            return Outcome(json_reply(404, {"error": f"There is no fake vendor at {request.path!r}."}))
        return self._vendor_answer(vendor, request.at(request.target.removeprefix(f"/{slug}")))

    def _vendor_answer(self, vendor: Vendor[Any], request: Request) -> Outcome:
        account: Account | None = vendor.find(request)
        name = account.name if account else None
        entry = self.control.journal.open(self.control.around.clock.now(), vendor.slug, name, request)
        fault = self.control.faults.take(vendor.slug, name, request)
        outcome = (
            self._faulty(fault, vendor, request, account)
            if fault
            else Outcome(vendor.answer(request, account))
        )
        entry.status = None if outcome.manner == "reset" else outcome.reply.status
        return outcome

    def _faulty(
        self, fault: Fault, vendor: Vendor[Any], request: Request, account: Account | None
    ) -> Outcome:
        if fault.kind == "hang":
            return self._hang(fault, vendor, request, account)
        reply = json_reply(200, {}) if fault.when == "before" else vendor.answer(request, account)
        if fault.kind == "status":
            return Outcome(_refused(fault, vendor))
        if fault.kind == "html":
            return Outcome(
                Reply(fault.status or 200, PAGE.encode(), {"Content-Type": "text/html; charset=utf-8"})
            )
        return Outcome(reply, fault.kind)

    def _hang(self, fault: Fault, vendor: Vendor[Any], request: Request, account: Account | None) -> Outcome:
        """Be silent for a while; with when=before the effect lands only then, even if nobody listens."""
        early = vendor.answer(request, account) if fault.when == "after" else None
        if self.halted.wait(LONG if fault.seconds is None else fault.seconds):
            return Outcome(json_reply(503, {}), "reset")
        return Outcome(early or vendor.answer(request, account))


def _refused(fault: Fault, vendor: Vendor[Any]) -> Reply:
    reply = vendor.error(fault.status or 500, "This failure was ordered.")
    if fault.status == 429:
        reply.headers["Retry-After"] = str(int(fault.seconds or 1))
    return reply
