"""The event log, the only list with a time filter.

https://developers.gorgias.com/reference/the-event-object
"""

from __future__ import annotations

from connectors.sandbox.clock import instant
from connectors.sandbox.gorgias import fields, shapes
from connectors.sandbox.gorgias.errors import Refused
from connectors.sandbox.gorgias.paging import PAGING, page
from connectors.sandbox.gorgias.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply, json_reply

routes = Routes()
OBJECT_TYPES = frozenset(
    [
        "Account",
        "Macro",
        "Tag",
        "Customer",
        "Team",
        "View",
        "Widget",
        "User",
        "TicketMessage",
        "Ticket",
        "Rule",
        "Integration",
        "SatisfactionSurvey",
    ]
)
BOUNDS = {f"created_datetime[{name}]": name for name in ("gt", "gte", "lt", "lte")}
WRONG = "Invalid query parameters."


@routes.on("GET", "/api/events", params=(*PAGING, "object_id", "object_type", "user_ids", "types", *BOUNDS))
def list_events(call: Call) -> Reply:
    types, users = set(call.params.getlist("types")), set(call.params.getlist("user_ids"))
    bounds = _bounds(call)

    def keep(row: Json) -> bool:
        return (
            (not types or row["type"] in types)
            and (not users or str(row["user_id"]) in users)
            and all(_holds(row["created_datetime"], how, bound) for how, bound in bounds.items())
        )

    since = max((bounds[how] for how in ("gt", "gte") if how in bounds), default="")
    return page(call, call.account.events, shapes.event, keep=keep, only=_of_object(call), since=since)


@routes.on("GET", "/api/events/<int:number>")
def get_event(call: Call, number: int) -> Reply:
    return json_reply(200, shapes.event(call.account.events.get(number)))


def _of_object(call: Call) -> set[int] | None:
    kind = call.params.get("object_type")
    if kind is None:
        if "object_id" in call.params:
            raise Refused(400, WRONG, {"object_type": ["Missing data for required field."]})
        return None
    if kind not in OBJECT_TYPES:
        raise Refused(400, WRONG, {"object_type": [f"Must be one of: {', '.join(sorted(OBJECT_TYPES))}."]})
    if "object_id" not in call.params:
        raise Refused(400, WRONG, {"object_id": ["Missing data for required field."]})
    return set(call.account.events_by_object.get((kind, call.number("object_id", 0)), ()))


def _bounds(call: Call) -> dict[str, str]:
    try:
        return {
            how: fields.stamp(instant(call.params[name]))
            for name, how in BOUNDS.items()
            if name in call.params
        }
    except ValueError:
        raise Refused(400, WRONG, {"created_datetime": ["Not a valid datetime."]}) from None


def _holds(stamp: str, how: str, bound: str) -> bool:
    return {"gt": stamp > bound, "gte": stamp >= bound, "lt": stamp < bound, "lte": stamp <= bound}[how]
