"""Scheduling, reverting and estimating campaigns by jobs.

https://developers.klaviyo.com/en/reference/send_campaign
"""

from __future__ import annotations

from connectors.sandbox.klaviyo import campaign_rows, campaigns
from connectors.sandbox.klaviyo.documents import one, resource
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.limits import M
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
JOB = "campaign-send-job"
ESTIMATION_JOB = "campaign-recipient-estimation-job"
ESTIMATION = "campaign-recipient-estimation"
START: Json = {"type": {JOB}, "id": str}
CHANGE: Json = {"type": {JOB}, "id": str, "attributes": {"action": {"cancel", "revert"}}}
ESTIMATE: Json = {"type": {ESTIMATION_JOB}, "id": str}


@routes.on("POST", f"/api/{JOB}s", M, "campaigns:write")
def start(call: Call) -> Reply:
    row = campaigns.get(call, call.body(START)["id"])
    if row["status"] != "Draft":
        raise invalid(f"A campaign with the status {row['status']!r} cannot be sent, only a draft.")
    if not row["audiences"]["included"]:
        raise invalid("The campaign has no audience.", "/data/attributes/audiences/included")
    campaign_rows.launch(call.account, row)
    return one(call, _shown(call, row), 202)


@routes.on("PATCH", f"/api/{JOB}s/<number>", M, "campaigns:write")
def change(call: Call, number: str) -> Reply:
    """Revert to a draft, or cancel for good."""
    row = campaigns.get(call, number)
    action = call.body(CHANGE)["attributes"]["action"]
    if row["status"] not in (*campaign_rows.WAITING, *campaign_rows.RUNNING):
        raise invalid(f"A campaign with the status {row['status']!r} has nothing to {action}.")
    if action == "revert":
        campaign_rows.revert(call.account, row)
    else:
        campaign_rows.cancel(call.account, row)
    return Reply(204)


@routes.on("GET", f"/api/{JOB}s/<number>", M, "campaigns:read")
def get(call: Call, number: str) -> Reply:
    row = campaigns.get(call, number)
    if row["status"] == "Draft":
        raise missing(JOB, number)
    return one(call, _shown(call, row))


@routes.on("POST", f"/api/{ESTIMATION_JOB}s", M, "campaigns:write")
def estimate(call: Call) -> Reply:
    row = campaigns.get(call, call.body(ESTIMATE)["id"])
    row["estimated"] = len(campaign_rows.audience(call.account, row))
    return one(call, resource(call, ESTIMATION_JOB, row["id"], {"status": "queued"}), 202)


@routes.on("GET", f"/api/{ESTIMATION_JOB}s/<number>", M, "campaigns:read")
def get_estimation_job(call: Call, number: str) -> Reply:
    _estimated(call, number, ESTIMATION_JOB)
    return one(call, resource(call, ESTIMATION_JOB, number, {"status": "complete"}))


@routes.on("GET", f"/api/{ESTIMATION}s/<number>", M, "campaigns:read")
def get_estimation(call: Call, number: str) -> Reply:
    count = _estimated(call, number, ESTIMATION)
    return one(call, resource(call, ESTIMATION, number, {"estimated_recipient_count": count}))


def _estimated(call: Call, number: str, kind: str) -> int:
    row = campaigns.get(call, number)
    if "estimated" not in row:
        raise missing(kind, number)
    return int(row["estimated"])


def _shown(call: Call, row: Json) -> Json:
    return resource(call, JOB, row["id"], {"status": _status(row["status"])})


def _status(campaign_status: str) -> str:
    if campaign_status.startswith("Cancelled"):
        return "cancelled"
    if campaign_status in ("Sent", "Variations Sent", "Scheduled"):
        return "complete"
    return "queued" if campaign_status.startswith(("Preparing", "Queued")) else "processing"
