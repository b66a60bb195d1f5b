"""The control interface: accounts, verbs, faults, clock, limits, requests and webhook delivery."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from connectors.sandbox import faults, registry
from connectors.sandbox.clock import instant
from connectors.sandbox.faults import Faults
from connectors.sandbox.journal import Journal
from connectors.sandbox.refusal import Refusal, checked
from connectors.sandbox.routing import Route, RouteMap
from connectors.sandbox.vendor import Limits, Surroundings, Vendor
from connectors.sandbox.webhooks import MODES
from connectors.sandbox.wire import Json, Reply, Request, json_reply

log = logging.getLogger(__name__)
ACCOUNT = {"credentials": dict, "webhook": dict, "seed": dict}


class Control:
    """Everything an outside hand can turn."""

    def __init__(self) -> None:
        self.vendors: dict[str, Vendor[Any]] = registry.vendors()
        self.around = Surroundings()
        self.faults = Faults()
        self.journal = Journal()
        self._routes = RouteMap(Route(method, path, getattr(self, name)) for method, path, name in ROUTES)

    def answer(self, request: Request) -> Reply:
        match = self._routes.match(request.method, request.path)
        if isinstance(match, int):
            return json_reply(
                match, {"error": f"The control interface has no {request.method} {request.path}."}
            )
        endpoint, arguments = match
        try:
            return json_reply(*_status_and_body(endpoint, request, arguments))
        except Refusal as refusal:
            return json_reply(refusal.status, {"error": refusal.sentence})
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            log.info("A control request of the wrong shape", exc_info=True)
            what = f"{type(error).__name__}: {error}"
            return json_reply(400, {"error": f"The body does not have the vendor's shape ({what})."})

    def listing(self, request: Request) -> Json:
        """What can be asked here, and which verbs each vendor has."""
        return {
            "control": [f"{method} /_control{path}" for method, path, _ in ROUTES],
            "vendors": {slug: _verb_lines(vendor) for slug, vendor in sorted(self.vendors.items())},
        }

    def put_account(self, request: Request, vendor: str, name: str) -> Json:
        fake = self._vendor(vendor)
        body = checked(_json(request), "An account", {**ACCOUNT, **fake.extra_keys})
        return {"vendor": vendor, "name": name, "seeded": fake.put(name, body, self.around)}

    def get_account(self, request: Request, vendor: str, name: str) -> Json:
        fake = self._vendor(vendor)
        account = fake.account(name)
        with account.lock:
            target = account.webhook
            webhook = {"url": target.url, "secret": target.secret} if target else None
            return {"vendor": vendor, "name": name, "webhook": webhook, **fake.state(account)}

    def whose(self, request: Request, vendor: str) -> Json:
        return {"vendor": vendor, "name": self._vendor(vendor).owner(_json(request)).name}

    def do(self, request: Request, vendor: str, name: str, verb: str) -> Any:
        body = _json(request)
        if not isinstance(body, dict):
            raise Refusal(f"The body of {verb} must be a JSON object.")
        return self._vendor(vendor).do(name, verb, body)

    def add_fault(self, request: Request) -> tuple[int, Json]:
        fault = faults.parse(_json(request))
        self._vendor(fault.vendor)
        self.faults.add(fault)
        return 201, fault.as_json()

    def list_faults(self, request: Request) -> list[Json]:
        return self.faults.waiting()

    def delete_faults(self, request: Request) -> Json:
        self.faults.clear()
        return {"faults": []}

    def set_clock(self, request: Request) -> Json:
        body = checked(_json(request), "The clock", {"now": str})
        if "now" not in body:
            raise Refusal("The clock needs the key 'now': an ISO 8601 time, or null for real time.")
        try:
            self.around.clock.set(instant(body["now"]) if body["now"] is not None else None)
        except ValueError:
            raise Refusal(f"The clock's now must be an ISO 8601 time, not {body['now']!r}.") from None
        return {"now": self.around.clock.now().isoformat()}

    def set_limits(self, request: Request) -> Json:
        body = checked(_json(request), "The limits", {"on": bool, "job_seconds": (int, float)})
        limits = self.around.limits
        limits.on = limits.on if body.get("on") is None else body["on"]
        limits.job_seconds = float(
            limits.job_seconds if body.get("job_seconds") is None else body["job_seconds"]
        )
        return {"on": limits.on, "job_seconds": limits.job_seconds}

    def read_requests(self, request: Request) -> list[Json]:
        return self.journal.read(request.query.get("vendor"), request.query.get("account"))

    def clear_requests(self, request: Request) -> list[Json]:
        self.journal.clear()
        return []

    def set_webhooks(self, request: Request) -> Json:
        body = checked(_json(request), "Webhook delivery", {"delivery": str, "pause": (int, float)})
        mode = body.get("delivery")
        if mode is not None and mode not in MODES:
            raise Refusal(f"Webhook delivery is one of {', '.join(MODES)}, not {mode!r}.")
        self.around.webhooks.set(mode, body.get("pause"))
        return self.around.webhooks.summary()

    def read_webhooks(self, request: Request) -> Json:
        if "wait" in request.query:
            try:
                seconds = float(request.query["wait"])
            except ValueError:
                raise Refusal("wait is a number of seconds.") from None
            self.around.webhooks.wait_until_empty(seconds)
        return self.around.webhooks.summary()

    def reset(self, request: Request) -> Json:
        """Back to the state of a fresh start: no accounts, no faults, real time, limits on."""
        for vendor in self.vendors.values():
            vendor.clear()
        self.faults.clear()
        self.journal.clear()
        self.around.clock.set(None)
        self.around.limits.__dict__.update(Limits().__dict__)
        self.around.webhooks.clear()
        return {"reset": True}

    def _vendor(self, slug: str) -> Vendor[Any]:
        if slug not in self.vendors:
            raise Refusal(
                f"There is no fake vendor {slug!r}; there are: {', '.join(sorted(self.vendors))}.", 404
            )
        return self.vendors[slug]


ROUTES = (
    ("GET", "/", "listing"),
    ("PUT", "/<vendor>/accounts/<name>", "put_account"),
    ("GET", "/<vendor>/accounts/<name>", "get_account"),
    ("POST", "/<vendor>/accounts/<name>/do/<verb>", "do"),
    ("POST", "/<vendor>/whose", "whose"),
    ("POST", "/faults", "add_fault"),
    ("GET", "/faults", "list_faults"),
    ("DELETE", "/faults", "delete_faults"),
    ("POST", "/clock", "set_clock"),
    ("POST", "/limits", "set_limits"),
    ("GET", "/requests", "read_requests"),
    ("DELETE", "/requests", "clear_requests"),
    ("POST", "/webhooks", "set_webhooks"),
    ("GET", "/webhooks", "read_webhooks"),
    ("POST", "/reset", "reset"),
)


def _status_and_body(endpoint: Callable[..., Any], request: Request, arguments: Json) -> tuple[int, Any]:
    given = endpoint(request, **arguments)
    return given if isinstance(given, tuple) else (200, given)


def _json(request: Request) -> Any:
    try:
        return request.json() if request.body else {}
    except ValueError as error:
        raise Refusal(f"{str(error).capitalize()}.") from None


def _verb_lines(vendor: Vendor[Any]) -> dict[str, str]:
    return {
        name: (verb.__doc__ or "").strip().partition("\n")[0] for name, verb in sorted(vendor.verbs.items())
    }
