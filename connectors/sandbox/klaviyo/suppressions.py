"""Global suppression by background job: it silences e-mail only, and lifting knows one reason only.

https://developers.klaviyo.com/en/reference/bulk_suppress_profiles
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import groups, jobs, people
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import matches, one, page, sorted_rows
from connectors.sandbox.klaviyo.errors import invalid, missing
from connectors.sandbox.klaviyo.filters import text
from connectors.sandbox.klaviyo.limits import L
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
MOST_EMAILS = 100
SUPPRESS = "profile-suppression-bulk-create-job"
UNSUPPRESS = "profile-suppression-bulk-delete-job"
OURS = frozenset({"USER_SUPPRESSED"})
COUNTS = ("completed_count", "skipped_count")
LIST = Query(
    filters={"status": text("equals"), "list_id": text("equals"), "segment_id": text("equals")},
    sorts=("created",),
    pages=True,
)


def _shape(kind: str) -> Json:
    return {
        "type": {kind},
        "attributes": {"profiles?": {"data": [{"type": {"profile"}, "attributes": {"email": str}}]}},
        "relationships?": {
            "list?": {"data": {"type": {"list"}, "id": str}},
            "segment?": {"data": {"type": {"segment"}, "id": str}},
        },
    }


@routes.on("POST", f"/api/{SUPPRESS}s", L, "profiles:write subscriptions:write")
def suppress(call: Call) -> Reply:
    account = call.account

    def act(email: str, at: str) -> bool:
        row = people.by(account, "email", email) or people.create(account, {"email": email})
        return people.suppress(account, row, "USER_SUPPRESSED", at)

    return _start(call, SUPPRESS, act)


@routes.on("POST", f"/api/{UNSUPPRESS}s", L, "subscriptions:write")
def unsuppress(call: Call) -> Reply:
    account = call.account

    def act(email: str, at: str) -> bool:
        row = people.by(account, "email", email)
        return row is not None and people.unsuppress(account, row, OURS, at)

    return _start(call, UNSUPPRESS, act)


@routes.on("GET", f"/api/{SUPPRESS}s", L, "subscriptions:read", LIST)
def list_suppress_jobs(call: Call) -> Reply:
    return _list(call, SUPPRESS)


@routes.on("GET", f"/api/{UNSUPPRESS}s", L, "subscriptions:read", LIST)
def list_unsuppress_jobs(call: Call) -> Reply:
    return _list(call, UNSUPPRESS)


@routes.on("GET", f"/api/{SUPPRESS}s/<number>", L, "subscriptions:read")
def get_suppress_job(call: Call, number: str) -> Reply:
    return one(call, jobs.shown(call, jobs.find(call.account, SUPPRESS, number), COUNTS))


@routes.on("GET", f"/api/{UNSUPPRESS}s/<number>", L, "subscriptions:read")
def get_unsuppress_job(call: Call, number: str) -> Reply:
    return one(call, jobs.shown(call, jobs.find(call.account, UNSUPPRESS, number), COUNTS))


def _start(call: Call, kind: str, act: Any) -> Reply:
    data = call.body(_shape(kind))
    emails = _emails(call.account, data)

    def work(job: Json, at: str) -> None:
        done = [act(email, at) for email in emails]
        job["completed_count"], job["skipped_count"] = len(done), done.count(False)

    job = jobs.start(call.account, kind, len(emails), work)
    relationships = data.get("relationships") or {}
    for name in ("list", "segment"):
        job[name] = (relationships.get(name) or {}).get("data", {}).get("id")
    return one(call, jobs.shown(call, job, COUNTS), 202)


def _emails(account: KlaviyoAccount, data: Json) -> list[str]:
    """The people meant: up to a hundred addresses, or one list, or one segment."""
    profiles = data["attributes"].get("profiles")
    relationships = data.get("relationships") or {}
    if (profiles is not None) + len(relationships) != 1:
        raise invalid("Exactly one of profiles, a list or a segment is needed.")
    if profiles is None:
        ((name, reference),) = relationships.items()
        number = reference["data"]["id"]
        if number not in account.lists and number not in account.segments:
            raise missing(name, number, f"/data/relationships/{name}/data/id")
        rows = (account.profiles[member] for member in groups.members(account, number))
        return [row["email"] for row in rows if row["email"]]
    given = profiles["data"]
    pointer = "/data/attributes/profiles/data"
    if not 1 <= len(given) <= MOST_EMAILS:
        raise invalid(
            f"Between 1 and {MOST_EMAILS} profiles can be given at once, not {len(given)}.", pointer
        )
    return [
        people.checked(one["attributes"], f"{pointer}/{place}/attributes")["email"]
        for place, one in enumerate(given)
    ]


def _list(call: Call, kind: str) -> Reply:
    rows = [
        {**job, "list_id": job["list"], "segment_id": job["segment"]}
        for job in jobs.of_kind(call.account, kind)
    ]
    keys, descending = sorted_rows(rows, call.asked.sort, "created")
    return page(
        call,
        keys,
        {row["id"]: row for row in rows},
        lambda row: jobs.shown(call, row, COUNTS),
        lambda row: matches(call, row),
        descending,
    )
