"""Bulk upsert of profiles by background job, with an error for each one that was not taken.

https://developers.klaviyo.com/en/reference/bulk_import_profiles
"""

from __future__ import annotations

from connectors.sandbox.klaviyo import groups, jobs, people, profile_shapes, profiles
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.documents import (
    identifiers,
    many,
    matches,
    one,
    page,
    related,
    resource,
    sorted_rows,
)
from connectors.sandbox.klaviyo.errors import Refused, invalid, missing
from connectors.sandbox.klaviyo.filters import text
from connectors.sandbox.klaviyo.limits import M
from connectors.sandbox.klaviyo.query import Query
from connectors.sandbox.klaviyo.routes import Call, Routes
from connectors.sandbox.wire import Json, Reply

routes = Routes()
KIND = "profile-bulk-import-job"
MOST_PROFILES = 10_000
MOST_BYTES = 5_000_000
COUNTS = ("completed_count", "failed_count", "started_at", "expires_at")
LIST = Query(filters={"status": text("any", "equals")}, sorts=("created_at",), size=(20, 100))
PAGE = Query(size=(20, 100))
CREATE: Json = {
    "type": {KIND},
    "attributes": {"profiles": {"data": [{**profiles.UPSERT}]}},
    "relationships?": {"lists?": {"data": [{"type": {"list"}, "id": str}]}},
}
READ = "lists:read profiles:read"


@routes.on("POST", f"/api/{KIND}s", M, "lists:write profiles:write")
def start_import(call: Call) -> Reply:
    if len(call.request.body) > MOST_BYTES:
        raise Refused(
            413, "payload_too_large", "Payload too large.", f"At most {MOST_BYTES} bytes a request."
        )
    data = call.body(CREATE)
    given = data["attributes"]["profiles"]["data"]
    if not 1 <= len(given) <= MOST_PROFILES:
        detail = f"Between 1 and {MOST_PROFILES} profiles can be imported at once, not {len(given)}."
        raise invalid(detail, "/data/attributes/profiles/data")
    lists = [
        reference["id"] for reference in (data.get("relationships") or {}).get("lists", {}).get("data", [])
    ]
    for place, number in enumerate(lists):
        if number not in call.account.lists:
            raise missing("list", number, f"/data/relationships/lists/data/{place}/id")

    def work(job: Json, at: str) -> None:
        for place, profile in enumerate(given):
            _take(call.account, job, profile, place, at)

    job = jobs.start(call.account, KIND, len(given), work)
    job["lists"] = lists
    return one(call, _shown(call, job), 202)


@routes.on("GET", f"/api/{KIND}s", M, READ, LIST)
def list_imports(call: Call) -> Reply:
    rows = jobs.of_kind(call.account, KIND)
    keys, descending = sorted_rows(rows, call.asked.sort, "created_at")
    by_id = {row["id"]: row for row in rows}
    return page(call, keys, by_id, lambda row: _shown(call, row), lambda row: matches(call, row), descending)


@routes.on("GET", f"/api/{KIND}s/<number>", M, READ, Query(include=("lists",)))
def get_import(call: Call, number: str) -> Reply:
    job = jobs.find(call.account, KIND, number)
    included = groups.lists_shown(call, job["lists"]) if call.asked.include else None
    return one(call, _shown(call, job), included=included)


@routes.on("GET", f"/api/{KIND}s/<number>/import-errors", M, "profiles:read", PAGE)
def import_errors(call: Call, number: str) -> Reply:
    errors = {error["id"]: error for error in jobs.find(call.account, KIND, number)["errors"]}
    keys, _ = sorted_rows(errors.values(), None, "id")
    return page(call, keys, errors, lambda error: _error_shown(call, error))


@routes.on("GET", f"/api/{KIND}s/<number>/lists", M, "lists:read")
def lists_of_import(call: Call, number: str) -> Reply:
    return many(call, groups.lists_shown(call, jobs.find(call.account, KIND, number)["lists"]))


@routes.on(
    "GET",
    f"/api/{KIND}s/<number>/profiles",
    M,
    "profiles:read",
    Query(size=(20, 100), extras=profiles.EXTRAS),
)
def profiles_of_import(call: Call, number: str) -> Reply:
    numbers = set(jobs.find(call.account, KIND, number)["profiles"])
    keys = call.account.profiles_created.part(numbers)
    return page(call, keys, call.account.profiles, lambda row: profile_shapes.shown(call, row))


@routes.on("GET", f"/api/{KIND}s/<number>/relationships/profiles", M, "profiles:read", PAGE)
def profile_ids_of_import(call: Call, number: str) -> Reply:
    numbers = set(jobs.find(call.account, KIND, number)["profiles"])
    keys = call.account.profiles_created.part(numbers)
    return page(call, keys, call.account.profiles, lambda row: identifiers("profile", [row["id"]])[0])


def _take(account: KlaviyoAccount, job: Json, profile: Json, place: int, at: str) -> None:
    pointer = f"/data/attributes/profiles/data/{place}/attributes"
    try:
        given = people.checked(profile["attributes"], pointer)
        row = people.upsert(account, given, profile.get("id"), profile.get("meta"))
    except Refused as refused:
        job["failed_count"] += 1
        job["errors"].append(
            {**refused.error, "id": account.long_id(), "original_payload": profile["attributes"]}
        )
        return
    job["completed_count"] += 1
    job["profiles"].append(row["id"])
    for number in job["lists"]:
        if number in account.members:
            people.join(account, row["id"], number, at)


def _shown(call: Call, job: Json) -> Json:
    started = job["created_at"] if jobs.status(call.account, job) != "queued" else None
    shown = jobs.shown(call, {**job, "started_at": started, "expires_at": None}, COUNTS)
    return related(shown, "lists", "list", job["lists"])


def _error_shown(call: Call, error: Json) -> Json:
    attributes = {name: error[name] for name in ("code", "title", "detail", "source", "original_payload")}
    return resource(call, "import-error", error["id"], attributes)
