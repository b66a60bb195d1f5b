"""What the fake Klaviyo refuses, each refusal once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor


def error_of(answer: Any) -> dict[str, Any]:
    (error,) = answer.json()["errors"]
    assert {"id", "code", "title", "detail", "source", "status"} <= error.keys()
    return dict(error)


def profile(attributes: Any = None, **more: Any) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": attributes or {"email": "ana@shop.test"}, **more}}


def members(*numbers: str) -> dict[str, Any]:
    return {"data": [{"type": "profile", "id": number} for number in numbers]}


def suppression(count: int) -> dict[str, Any]:
    people = [{"type": "profile", "attributes": {"email": f"c{number}@shop.test"}} for number in range(count)]
    kind = "profile-suppression-bulk-create-job"
    return {"data": {"type": kind, "attributes": {"profiles": {"data": people}}}}


def event(**attributes: Any) -> dict[str, Any]:
    metric = {"data": {"type": "metric", "attributes": {"name": "Ops"}}}
    who = {"data": {"type": "profile", "attributes": {"email": "ana@shop.test"}}}
    return {
        "data": {
            "type": "event",
            "attributes": {"metric": metric, "profile": who, "properties": {}, **attributes},
        }
    }


def events(count: int, unique: Callable[[int], str] = str) -> dict[str, Any]:
    metric = {"data": {"type": "metric", "attributes": {"name": "Ops"}}}
    who = {"data": {"type": "profile", "attributes": {"email": "ana@shop.test"}}}
    rows = [
        {"type": "event", "attributes": {"metric": metric, "properties": {}, "unique_id": unique(number)}}
        for number in range(count)
    ]
    batch = {"type": "event-bulk-create", "attributes": {"profile": who, "events": {"data": rows}}}
    attributes = {"events-bulk-create": {"data": [batch]}}
    return {"data": {"type": "event-bulk-create-job", "attributes": attributes}}


@pytest.mark.parametrize("revision", [None, "2026-10-15", "2024-02-15"])
def test_any_other_revision_is_refused(klaviyo: Vendor, revision: str | None) -> None:
    klaviyo.session.headers["revision"] = revision  # type: ignore[assignment]
    answer = klaviyo.call("GET", "/api/lists")
    assert (answer.status_code, error_of(answer)["source"]) == (400, {"parameter": "revision"})


def test_no_credentials_and_another_scheme_are_refused(klaviyo: Vendor) -> None:
    klaviyo.session.headers["Authorization"] = "Bearer pk_north"
    bearer = klaviyo.call("GET", "/api/lists")
    del klaviyo.session.headers["Authorization"]
    nothing = klaviyo.call("GET", "/api/lists")
    assert (bearer.status_code, error_of(bearer)["code"]) == (401, "authentication_failed")
    assert (nothing.status_code, error_of(nothing)["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        ("/api/profiles", {"filter": 'contains(email,"ana")'}, "filter"),
        ("/api/profiles", {"filter": 'equals(first_name,"Ana")'}, "filter"),
        ("/api/profiles", {"filter": "equals(email,ana@shop.test)"}, "filter"),
        ("/api/profiles", {"filter": 'greater-than(updated,"2026-07-01T00:00:00Z")'}, "filter"),
        ("/api/profiles", {"filter": "greater-than(updated,last-week)"}, "filter"),
        ("/api/profiles", {"filter": "greater-or-equal(updated,2026-07-01T00:00:00Z)"}, "filter"),
        ("/api/profiles", {"filter": 'equals(email,"ana"'}, "filter"),
        (
            "/api/profiles",
            {"filter": f"any(email,{[f'c{number}' for number in range(101)]})".replace("'", '"')},
            "filter",
        ),
        ("/api/profiles", {"page[size]": 101}, "page[size]"),
        ("/api/profiles", {"page[number]": 2}, "page[number]"),
        ("/api/profiles", {"page[cursor]": "nonsense"}, "page[cursor]"),
        ("/api/profiles", {"sort": "first_name"}, "sort"),
        ("/api/profiles", {"include": "lists"}, "include"),
        ("/api/profiles", {"additional-fields[profile]": "birthday"}, "additional-fields[profile]"),
        ("/api/lists", {"page[size]": 11}, "page[size]"),
        ("/api/lists", {"filter": 'contains(name,"Hold")'}, "filter"),
        ("/api/templates", {"page[size]": 11}, "page[size]"),
        ("/api/metrics", {"page[size]": 10}, "page[size]"),
        ("/api/metrics", {"filter": 'equals(name,"Ops")'}, "filter"),
        ("/api/events", {"page[size]": 1001}, "page[size]"),
        ("/api/campaigns", {}, "filter"),
        ("/api/campaigns", {"filter": 'equals(status,"Draft")'}, "filter"),
        ("/api/flows", {"filter": 'any(status,["live"])'}, "filter"),
    ],
)
def test_a_query_the_endpoint_does_not_take_is_refused(
    klaviyo: Vendor, path: str, params: dict[str, Any], parameter: str
) -> None:
    answer = klaviyo.call("GET", path, **params)
    assert (answer.status_code, error_of(answer)["source"]) == (400, {"parameter": parameter})


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/api/profiles", {"data": {"type": "person", "attributes": {}}}, "/data/type"),
        ("/api/profiles", {"data": {"type": "profile"}}, "/data/attributes"),
        ("/api/profiles", profile({"emial": "x"}), "/data/attributes/emial"),
        ("/api/profiles", profile({"email": 5}), "/data/attributes/email"),
        ("/api/profiles", profile({"email": "nobody"}), "/data/attributes/email"),
        ("/api/profiles", profile({"phone_number": "0151 123"}), "/data/attributes/phone_number"),
        ("/api/profiles", profile({"first_name": "Ana"}), "/data/attributes"),
        ("/api/lists", {"data": {"type": "list", "attributes": {}}}, "/data/attributes/name"),
        ("/api/profile-suppression-bulk-create-jobs", suppression(101), "/data/attributes/profiles/data"),
        ("/api/profile-suppression-bulk-create-jobs", suppression(0), "/data/attributes/profiles/data"),
        ("/api/events", event(time="yesterday"), "/data/attributes/time"),
        ("/api/events", event(time="1980-01-01T00:00:00Z"), "/data/attributes/time"),
        ("/api/events", event(properties={str(n): n for n in range(401)}), "/data/attributes/properties"),
        (
            "/api/events",
            event(profile={"data": {"type": "profile", "attributes": {}}}),
            "/data/attributes/profile/data/attributes",
        ),
        ("/api/event-bulk-create-jobs", events(1001), "/data/attributes/events-bulk-create/data"),
        ("/api/tags", {"data": {"type": "tag", "attributes": {"name": " "}}}, "/data/attributes/name"),
        (
            "/api/segments",
            {"data": {"type": "segment", "attributes": {"name": "x", "definition": {}}}},
            "/data/attributes/definition/condition_groups",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused(klaviyo: Vendor, path: str, body: Any, pointer: str) -> None:
    answer = klaviyo.call("POST", path, body)
    assert (answer.status_code, error_of(answer)["source"]) == (400, {"pointer": pointer})


def test_ten_thousand_profiles_are_the_most_an_import_takes(klaviyo: Vendor) -> None:
    people = [profile({"email": f"c{number}@shop.test"})["data"] for number in range(10_001)]
    attributes = {"profiles": {"data": people}}
    answer = klaviyo.call(
        "POST",
        "/api/profile-bulk-import-jobs",
        {"data": {"type": "profile-bulk-import-job", "attributes": attributes}},
    )
    assert (answer.status_code, "not 10001" in error_of(answer)["detail"]) == (400, True)


def test_a_thousand_members_are_the_most_a_list_takes_at_once(control: Control, klaviyo: Vendor) -> None:
    (number,) = control.account("klaviyo", "north", seed={"lists": [{"name": "Hold"}]})["lists"]
    path = f"/api/lists/{number}/relationships/profiles"
    assert klaviyo.call("POST", path, members(*map(str, range(1001)))).status_code == 400


def test_an_unknown_member_keeps_all_others_out(control: Control, klaviyo: Vendor) -> None:
    seeded = control.account(
        "klaviyo", "north", seed={"lists": [{"name": "Hold"}], "profiles": [{"email": "ana@shop.test"}]}
    )
    path = f"/api/lists/{seeded['lists'][0]}/relationships/profiles"
    answer = klaviyo.call("POST", path, members(seeded["profiles"][0], "01NOBODY"))
    assert (answer.status_code, error_of(answer)["source"]) == (404, {"pointer": "/data/1/id"})
    assert klaviyo.get(path)["data"] == []


def test_a_known_email_cannot_be_created_again(control: Control, klaviyo: Vendor) -> None:
    (number,) = control.account("klaviyo", "north", seed={"profiles": [{"email": "ana@shop.test"}]})[
        "profiles"
    ]
    answer = klaviyo.call("POST", "/api/profiles", profile({"email": "ANA@shop.test"}))
    error = error_of(answer)
    assert (answer.status_code, error["code"]) == (409, "duplicate_profile")
    assert error["meta"] == {"duplicate_profile_id": number}


def test_identifiers_of_two_profiles_are_a_conflict_even_for_an_upsert(
    control: Control, klaviyo: Vendor
) -> None:
    people = [{"email": "ana@shop.test"}, {"phone_number": "+15005550006"}]
    control.account("klaviyo", "north", seed={"profiles": people})
    both = profile({"email": "ana@shop.test", "phone_number": "+15005550006"})
    assert klaviyo.call("POST", "/api/profile-import", both).status_code == 409


def test_a_repeated_event_in_a_batch_refuses_all_of_it(klaviyo: Vendor) -> None:
    within = klaviyo.call("POST", "/api/event-bulk-create-jobs", events(2, lambda _: "same"))
    first = klaviyo.call("POST", "/api/event-bulk-create-jobs", events(2))
    again = klaviyo.call("POST", "/api/event-bulk-create-jobs", events(3))
    assert [one.status_code for one in (within, first, again)] == [400, 202, 400]
    assert len(klaviyo.get("/api/events")["data"]) == 2


def test_a_repeated_single_event_is_silently_dropped(klaviyo: Vendor) -> None:
    answers = [klaviyo.call("POST", "/api/events", event(unique_id="one")) for _ in range(2)]
    same_second = [klaviyo.call("POST", "/api/events", event(time="2026-07-01T10:00:00Z")) for _ in range(2)]
    assert {one.status_code for one in answers + same_second} == {202}
    assert {one.content for one in answers} == {b""}
    assert len(klaviyo.get("/api/events")["data"]) == 2


def test_a_missing_scope_is_named(control: Control, klaviyo: Vendor) -> None:
    control.account("klaviyo", "north", scopes=["lists:read"])
    allowed = klaviyo.call("GET", "/api/lists")
    plain = klaviyo.call("GET", "/api/profiles")
    included = klaviyo.call("GET", "/api/lists", include="tags")
    assert (allowed.status_code, plain.status_code, included.status_code) == (200, 403, 403)
    assert "profiles:read" in error_of(plain)["detail"]
    assert "tags:read" in error_of(included)["detail"]


def test_a_body_of_another_media_type_is_refused(klaviyo: Vendor) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = klaviyo.session.post(f"{klaviyo.root}/api/profiles", data="{}", headers=headers, timeout=5)
    assert answer.status_code == 415


def test_a_slash_at_the_end_and_a_wrong_method_are_refused(klaviyo: Vendor) -> None:
    assert klaviyo.call("GET", "/api/profiles/").status_code == 404
    assert klaviyo.call("PUT", "/api/profiles").status_code == 405


def test_what_is_gone_is_not_found(klaviyo: Vendor) -> None:
    paths = [
        "profiles/01X",
        "lists/AAAAAA",
        "segments/AAAAAA",
        "flows/AAAAAA",
        "campaigns/01X",
        "tags/x",
        "templates/x",
    ]
    answers = [klaviyo.call("GET", f"/api/{path}") for path in paths]
    assert {(one.status_code, error_of(one)["code"]) for one in answers} == {(404, "not_found")}
