"""Consent, suppression of whole groups, and imports of the fake Klaviyo."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.sandbox.conftest import Control, Vendor

ANA, BEN = "ana@shop.test", "ben@shop.test"
SEED: dict[str, Any] = {
    "lists": [
        {"id": "NEWSxx", "name": "News", "members": [ANA, BEN]},
        {"id": "DOUBLE", "name": "Careful", "opt_in_process": "double_opt_in"},
    ],
    "segments": [{"id": "VIPxxx", "name": "VIP", "members": [ANA]}],
}


@pytest.fixture
def seeded(control: Control, klaviyo: Vendor) -> Vendor:
    control.account("klaviyo", "north", seed=SEED)
    return klaviyo


def consent(kind: str, email: str, list_id: str | None = None, **more: Any) -> dict[str, Any]:
    status = {"create": "SUBSCRIBED", "delete": "UNSUBSCRIBED"}[kind]
    marketing = {"consent": status, **({"consented_at": more.pop("at")} if "at" in more else {})}
    person = {"email": email, "subscriptions": {"email": {"marketing": marketing}}}
    attributes = {"profiles": {"data": [{"type": "profile", "attributes": person}]}, **more}
    data: dict[str, Any] = {"type": f"profile-subscription-bulk-{kind}-job", "attributes": attributes}
    if list_id is not None:
        data["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    return {"data": data}


def given(klaviyo: Vendor, kind: str, *args: Any, **more: Any) -> int:
    path = f"/api/profile-subscription-bulk-{kind}-jobs"
    return klaviyo.call("POST", path, consent(kind, *args, **more)).status_code


def person(control: Control, email: str) -> dict[str, Any]:
    rows = control.state("klaviyo", "north")["profiles"]
    return next(row for row in rows if row["email"] == email)


def test_subscribing_to_a_list_joins_it(control: Control, seeded: Vendor) -> None:
    assert given(seeded, "create", "cleo@shop.test", "NEWSxx") == 202
    cleo = person(control, "cleo@shop.test")
    assert (cleo["subscriptions"]["email"]["marketing"]["consent"], cleo["lists"]) == (
        "SUBSCRIBED",
        ["NEWSxx"],
    )


def test_a_double_opt_in_list_waits_for_the_click(control: Control, seeded: Vendor) -> None:
    given(seeded, "create", ANA, "DOUBLE")
    waiting = person(control, ANA)
    given(seeded, "create", ANA, "DOUBLE", historical_import=True, at="2025-01-01T00:00:00Z")
    known = person(control, ANA)
    assert waiting["subscriptions"]["email"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    assert (waiting["lists"], known["lists"]) == (["NEWSxx"], ["NEWSxx", "DOUBLE"])


@pytest.mark.parametrize("more", [{}, {"at": "2099-01-01T00:00:00Z"}])
def test_a_historical_import_needs_a_date_in_the_past(seeded: Vendor, more: dict[str, Any]) -> None:
    assert given(seeded, "create", ANA, historical_import=True, **more) == 400


def test_unsubscribing_from_a_foreign_list_is_unsubscribing_from_all(
    control: Control, seeded: Vendor
) -> None:
    assert given(seeded, "delete", ANA, "DOUBLE") == 202
    ana = person(control, ANA)
    assert ([one["reason"] for one in ana["suppression"]], ana["lists"]) == (["UNSUBSCRIBE"], [])


def test_consent_needs_a_known_list_and_an_address(seeded: Vendor) -> None:
    assert given(seeded, "create", ANA, "NOBODY") == 404
    body = consent("create", ANA)
    del body["data"]["attributes"]["profiles"]["data"][0]["attributes"]["email"]
    assert seeded.call("POST", "/api/profile-subscription-bulk-create-jobs", body).status_code == 400


def suppression(**group: str) -> dict[str, Any]:
    relationships = {kind: {"data": {"type": kind, "id": number}} for kind, number in group.items()}
    kind = "profile-suppression-bulk-create-job"
    return {"data": {"type": kind, "attributes": {}, "relationships": relationships}}


@pytest.mark.parametrize(
    ("group", "silenced"), [({"list": "NEWSxx"}, [ANA, BEN]), ({"segment": "VIPxxx"}, [ANA])]
)
def test_a_whole_group_is_suppressed(
    control: Control, seeded: Vendor, group: dict[str, str], silenced: list[str]
) -> None:
    answer = seeded.call("POST", "/api/profile-suppression-bulk-create-jobs", suppression(**group))
    rows = control.state("klaviyo", "north")["profiles"]
    assert answer.status_code == 202
    assert [row["email"] for row in rows if not row["can_receive_email"]] == silenced


@pytest.mark.parametrize(
    ("group", "status"),
    [({}, 400), ({"list": "NEWSxx", "segment": "VIPxxx"}, 400), ({"list": "NOBODY"}, 404)],
)
def test_exactly_one_known_group_is_suppressed(seeded: Vendor, group: dict[str, str], status: int) -> None:
    answer = seeded.call("POST", "/api/profile-suppression-bulk-create-jobs", suppression(**group))
    assert answer.status_code == status


def test_suppression_jobs_are_found_by_list_and_status(seeded: Vendor) -> None:
    made = seeded.call("POST", "/api/profile-suppression-bulk-create-jobs", suppression(list="NEWSxx")).json()
    seeded.call("POST", "/api/profile-suppression-bulk-create-jobs", suppression(segment="VIPxxx"))
    asked = 'equals(list_id,"NEWSxx"),equals(status,"complete")'
    found = seeded.get("/api/profile-suppression-bulk-create-jobs", filter=asked, sort="-created")["data"]
    assert [one["id"] for one in found] == [made["data"]["id"]]


def imported(*people: dict[str, Any], list_id: str = "NEWSxx") -> dict[str, Any]:
    rows = [{"type": "profile", "attributes": one} for one in people]
    data = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": rows}}}
    return {"data": {**data, "relationships": {"lists": {"data": [{"type": "list", "id": list_id}]}}}}


def test_an_import_tells_its_lists_and_profiles(seeded: Vendor) -> None:
    body = imported({"email": "cleo@shop.test", "first_name": "Cleo"}, {"email": "dora@shop.test"})
    number = seeded.call("POST", "/api/profile-bulk-import-jobs", body).json()["data"]["id"]
    path = f"/api/profile-bulk-import-jobs/{number}"
    people = seeded.get(f"{path}/profiles", **{"page[size]": 1})
    following = seeded.session.get(people["links"]["next"], timeout=5).json()
    assert [one["attributes"]["email"] for one in [*people["data"], *following["data"]]] == [
        "cleo@shop.test",
        "dora@shop.test",
    ]
    assert len(seeded.get(f"{path}/relationships/profiles")["data"]) == 2
    assert seeded.get(f"{path}/lists")["data"][0]["id"] == "NEWSxx"
    assert seeded.get(path, include="lists")["included"][0]["id"] == "NEWSxx"
    assert len(seeded.get("/api/profile-bulk-import-jobs", filter='equals(status,"complete")')["data"]) == 1


def test_an_import_changes_only_what_it_names_and_null_clears(control: Control, seeded: Vendor) -> None:
    first = imported({"email": ANA, "first_name": "Ana", "last_name": "Lee", "properties": {"a": 1, "b": 2}})
    second = imported({"email": ANA, "last_name": None, "properties": {"b": None}})
    for body in (first, second):
        seeded.call("POST", "/api/profile-bulk-import-jobs", body)
    ana = person(control, ANA)
    assert (ana["first_name"], ana["last_name"], ana["properties"]) == ("Ana", None, {"a": 1, "b": None})


def test_an_import_into_an_unknown_list_is_refused(seeded: Vendor) -> None:
    answer = seeded.call("POST", "/api/profile-bulk-import-jobs", imported({"email": ANA}, list_id="NOBODY"))
    assert answer.status_code == 404
