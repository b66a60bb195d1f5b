"""Metrics: listed page by page, without a filter on their name.

https://developers.klaviyo.com/en/reference/metrics_api_overview
"""

from __future__ import annotations

from dataclasses import replace

from connectors.sandbox.klaviyo import flow_rows
from connectors.sandbox.klaviyo.documents import many, one, page, related, resource, sorted_rows
from connectors.sandbox.klaviyo.errors import missing
from connectors.sandbox.klaviyo.filters import text
from connectors.sandbox.klaviyo.limits import M, S
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
PAGE = 200
MAPPED = (
    "revenue",
    "ordered_product",
    "started_checkout",
    "added_to_cart",
    "viewed_product",
    "refunded_sales",
    "cancelled_sales",
)
LIST = Query(
    filters={"integration.name": text("equals"), "integration.category": text("equals")},
    include=("flow-triggers",),
    pages=True,
)
NEVER = "1970-01-01T00:00:00.000000+00:00"


def shown(call: Call, row: Json) -> Json:
    attributes = {name: row[name] for name in ("name", "created", "updated", "integration")}
    return resource(call, "metric", row["id"], attributes, ("flow-triggers",))


@routes.on("GET", "/api/metrics", M, "metrics:read", LIST)
def list_metrics(call: Call) -> Reply:
    call = replace(call, asked=replace(call.asked, size=PAGE))
    keys, _ = sorted_rows(call.account.metrics.values(), None, "created")
    return page(
        call,
        keys,
        call.account.metrics,
        lambda row: shown(call, row),
        lambda row: all(
            one.holds(row["integration"][one.field.partition(".")[2]]) for one in call.asked.conditions
        ),
        include=lambda rows: [flow for row in rows for flow in _flows(call, row["id"])],
    )


@routes.on("GET", "/api/metrics/<number>", M, "metrics:read", Query(include=("flow-triggers",)))
def get_metric(call: Call, number: str) -> Reply:
    row = _get(call, number)
    return one(call, shown(call, row), included=_flows(call, number) if call.asked.include else None)


@routes.on("GET", "/api/metrics/<number>/flow-triggers", M, "flows:read metrics:read")
def flow_triggers(call: Call, number: str) -> Reply:
    _get(call, number)
    return many(call, _flows(call, number))


@routes.on("GET", "/api/mapped-metrics", S, "metrics:read", Query(include=("custom-metric", "metric")))
def list_mapped(call: Call) -> Reply:
    known = [name for name in MAPPED if name in call.account.mapped_metrics]
    included = None
    if "metric" in call.asked.include:
        rows = (call.account.metrics[call.account.mapped_metrics[name]["metric"]] for name in known)
        included = [shown(call, row) for row in rows]
    return many(call, [_mapped_shown(call, name) for name in MAPPED], included=included)


@routes.on("GET", "/api/mapped-metrics/<name>", S, "metrics:read", Query(include=("custom-metric", "metric")))
def get_mapped(call: Call, name: str) -> Reply:
    if name not in MAPPED:
        raise missing("mapped-metric", name)
    return one(call, _mapped_shown(call, name))


@routes.on("GET", "/api/mapped-metrics/<name>/metric", S, "metrics:read")
def metric_of_mapped(call: Call, name: str) -> Reply:
    if name not in call.account.mapped_metrics:
        raise missing("mapped-metric", name)
    return one(call, shown(call, _get(call, call.account.mapped_metrics[name]["metric"])))


def _get(call: Call, number: str) -> Json:
    if number not in call.account.metrics:
        raise missing("metric", number)
    return call.account.metrics[number]


def _flows(call: Call, number: str) -> list[Json]:
    return [flow_rows.shown(call, flow) for flow in flow_rows.triggered_by(call.account, "metric", number)]


def _mapped_shown(call: Call, name: str) -> Json:
    mapped = call.account.mapped_metrics.get(name) or {"metric": None, "updated": NEVER}
    attributes = {"updated": mapped["updated"]}
    shown = resource(call, "mapped-metric", name, attributes, ("metric", "custom-metric"))
    return related(
        related(shown, "metric", "metric", mapped["metric"]), "custom-metric", "custom-metric", None
    )
