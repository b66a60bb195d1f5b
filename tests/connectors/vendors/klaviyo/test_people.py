"""People at Klaviyo: look-up, lists and properties, looked at from the vendor's side."""

from __future__ import annotations

import json
from threading import Event
from typing import Any

import pytest

from connectors.errors import Conflict, NeedsAttention, NotFound, Problem, Refused, TryLater
from connectors.types import Account
from connectors.vendors.klaviyo import Klaviyo
from tests.connectors.accounts import FakeAccount


def people(account: FakeAccount, *emails: str) -> dict[str, str]:
    """Plant these; e-mail → profile id."""
    return dict(
        zip(emails, account.seed(profiles=[{"email": each} for each in emails])["profiles"], strict=True)
    )


def new_list(account: FakeAccount, name: str = "Hold", *members: str) -> str:
    return str(account.seed(lists=[{"name": name, "members": list(members)}])["lists"][0])


def members(account: FakeAccount, list_id: str) -> set[str]:
    return next(set(each["members"]) for each in account.state()["lists"] if each["id"] == list_id)


def profile(account: FakeAccount, email: str) -> dict[str, Any]:
    return next(each for each in account.state()["profiles"] if each["email"] == email)


def settled(account: FakeAccount, receipt: str) -> None:
    """Wait until the job behind a receipt is through."""
    vendor = account.open()
    pause = Event()
    for _ in range(200):
        if vendor.is_settled(receipt):
            return
        pause.wait(0.02)
    raise AssertionError(f"{receipt} was never settled")


def test_the_account_says_who_it_is(klaviyo):
    account = klaviyo.open().account()

    assert isinstance(account, Account)
    assert account.name
    assert (account.timezone != "", len(account.currency), account.account_id != "") == (True, 3, True)


def test_two_accounts_are_told_apart_by_their_ids(klaviyo, new_account):
    assert new_account("klaviyo").open().account().account_id != klaviyo.open().account().account_id


def test_profiles_are_found_by_address_whatever_its_case(klaviyo):
    ids = people(klaviyo, "ana@shop.test", "ben+x@shop.test", "eve'o@shop.test")

    found = klaviyo.open().profile_ids(
        ["Ana@Shop.test", "ben+x@shop.test", "eve'o@shop.test", "nobody@shop.test"]
    )

    assert found == ids


@pytest.mark.parametrize("odd", ['"a b"@shop.test', "back\\slash@shop.test", "a,b)@shop.test", "ü@shop.test"])
def test_an_odd_address_is_asked_for_as_it_is_and_harms_no_other(klaviyo, odd):
    ids = people(klaviyo, "ana@shop.test")

    assert klaviyo.open().profile_ids([odd, "ana@shop.test"]) == ids


def test_a_hundred_addresses_take_one_call_and_none_takes_none(klaviyo):
    emails = [f"p{each}@shop.test" for each in range(100)]
    ids = people(klaviyo, *emails)
    vendor = klaviyo.open()

    assert vendor.profile_ids(emails) == ids
    assert vendor.profile_ids([]) == {}
    assert len(klaviyo.requests()) == 1


def test_long_addresses_are_asked_for_in_more_calls_rather_than_in_an_address_too_long(klaviyo):
    emails = [f"{'x' * 60}{each}@{'y' * 60}.{'z' * 60}.test" for each in range(100)]
    ids = people(klaviyo, *emails)

    assert klaviyo.open().profile_ids(emails) == ids
    assert max(len(each["path"]) for each in klaviyo.requests()) < 8_000


def test_a_list_is_found_by_its_exact_name(klaviyo):
    list_id = new_list(klaviyo, 'Orchestrator hold: "north" \\ ridge')
    vendor = klaviyo.open()

    assert vendor.find_list('Orchestrator hold: "north" \\ ridge') == list_id
    assert vendor.find_list("Orchestrator hold") is None
    assert vendor.list_name(list_id) == 'Orchestrator hold: "north" \\ ridge'


def test_a_list_is_made_once_and_found_again(klaviyo):
    made = klaviyo.open().create_list("Orchestrator hold: north-ridge")

    assert klaviyo.open().find_list("Orchestrator hold: north-ridge") == made


def test_people_join_and_leave_a_list_and_repeating_it_changes_nothing(klaviyo):
    ids = people(klaviyo, "ana@shop.test", "ben@shop.test")
    list_id = new_list(klaviyo)
    vendor = klaviyo.open()

    for _ in range(2):
        vendor.add_to_list(list_id, list(ids.values()))
    assert members(klaviyo, list_id) == set(ids)

    for _ in range(2):
        vendor.remove_from_list(list_id, [ids["ana@shop.test"]])
    assert members(klaviyo, list_id) == {"ben@shop.test"}


def test_members_are_read_over_all_pages(klaviyo):
    emails = [f"p{each}@shop.test" for each in range(250)]
    list_id = new_list(klaviyo, "Hold", *emails)
    ids = {each["id"] for each in klaviyo.state()["profiles"]}

    assert set(klaviyo.open().list_members(list_id)) == ids
    assert len(klaviyo.requests()) == 3


def test_of_some_people_only_members_are_told(klaviyo):
    list_id = new_list(klaviyo, "Hold", "ana@shop.test")
    people(klaviyo, "ben@shop.test")

    found = klaviyo.open().members_among(list_id, ["ANA@shop.test", "ben@shop.test", "nobody@shop.test"])

    assert found == {"ana@shop.test": profile(klaviyo, "ana@shop.test")["id"]}


@pytest.mark.parametrize(
    "call",
    [
        lambda vendor: vendor.list_name("GONE00"),
        lambda vendor: vendor.add_to_list("GONE00", ["01J0"]),
        lambda vendor: vendor.remove_from_list("GONE00", ["01J0"]),
        lambda vendor: list(vendor.list_members("GONE00")),
        lambda vendor: vendor.members_among("GONE00", ["ana@shop.test"]),
        lambda vendor: vendor.list_name("../profiles"),
    ],
)
def test_a_list_that_is_gone_is_said_to_be(klaviyo, call):
    with pytest.raises(NotFound):
        call(klaviyo.open())


def test_properties_of_one_person_are_set_at_once(klaviyo):
    people(klaviyo, "ana@shop.test")

    receipt = klaviyo.open().set_properties({"ana@shop.test": {"ops_hold": True, "ops_note": None}})

    assert receipt == ""
    assert profile(klaviyo, "ana@shop.test")["properties"]["ops_hold"] is True


def test_properties_of_several_people_are_a_job_that_gets_settled(klaviyo):
    people(klaviyo, "ana@shop.test", "ben@shop.test")
    klaviyo.control("POST", "limits", {"job_seconds": 600})
    vendor = klaviyo.open()

    receipt = vendor.set_properties({each: {"vip": "gold"} for each in ("ana@shop.test", "ben@shop.test")})
    assert receipt
    assert not vendor.is_settled(receipt)

    klaviyo.control("POST", "clock", {"now": "2031-05-14T10:00:00"})
    assert vendor.is_settled(receipt)
    assert profile(klaviyo, "ben@shop.test")["properties"]["vip"] == "gold"


def test_an_import_that_fails_in_part_says_so_without_naming_anybody(klaviyo):
    klaviyo.control("POST", "limits", {"job_seconds": 0})
    vendor = klaviyo.open()
    receipt = vendor.set_properties({"ana@shop.test": {"vip": 1}, "not-an-address": {"vip": 1}})

    with pytest.raises(Refused, match="could not store 1 of 2 profiles") as caught:
        settled(klaviyo, receipt)

    assert "not-an-address" not in caught.value.sentence


@pytest.mark.parametrize("receipt", ["", "01J0", "other:01J0"])
@pytest.mark.parametrize("ask", ["is_settled", "suppression_job"])
def test_what_is_no_receipt_is_refused(klaviyo, receipt, ask):
    with pytest.raises(Refused):
        getattr(klaviyo.open(), ask)(receipt)


def test_a_missing_scope_is_named_with_what_to_do(klaviyo):
    klaviyo.control("PUT", f"klaviyo/accounts/{klaviyo.name}", {"scopes": ["accounts:read", "lists:read"]})
    vendor = klaviyo.open()

    with pytest.raises(NeedsAttention) as caught:
        vendor.create_list("Hold")

    assert caught.value.code == "scope_missing"
    assert caught.value.sentence == (
        "Klaviyo: the key lacks the scope lists:write. Make a new key with it and enter it in the connection."
    )
    assert vendor.find_list("Hold") is None


def test_a_rejected_key_is_not_taken_for_a_missing_scope(klaviyo):
    with pytest.raises(NeedsAttention) as caught:
        klaviyo.open(private_key="pk_wrong").find_list("Hold")

    assert caught.value.code == "credentials_rejected"


def test_a_throttled_call_waits_as_long_as_the_vendor_says(klaviyo):
    klaviyo.fault("/api/lists", "status", status=429, seconds=17)

    with pytest.raises(TryLater) as caught:
        klaviyo.open().find_list("Hold")

    assert (caught.value.after, caught.value.in_doubt) == (17.0, False)


def test_the_documented_error_form_is_read():
    error = {
        "code": "duplicate_profile",
        "title": "Conflict.",
        "detail": "A profile already exists.",
        "meta": {"duplicate_profile_id": "01J0"},
    }
    explain = Klaviyo.explain
    problem = explain({"errors": [error]})

    assert (problem.text, problem.code, problem.existing_id) == (
        "A profile already exists.",
        "duplicate_profile",
        "01J0",
    )
    assert explain({"errors": [{"code": "not_authenticated"}]}).code == "credentials_rejected"


@pytest.mark.parametrize(
    "body", [None, [], {}, {"errors": {}}, {"errors": ["x"]}, {"errors": [{"meta": [], "detail": {}}]}]
)
def test_an_undocumented_error_form_is_no_problem(body):
    assert Klaviyo.explain(body) == Problem()


def test_two_profiles_with_one_persons_identifiers_are_a_conflict_that_names_the_other(klaviyo):
    klaviyo.seed(profiles=[{"email": "ana@shop.test"}, {"phone_number": "+15005550006"}])
    both = {"email": "ana@shop.test", "phone_number": "+15005550006"}
    body = {"data": {"type": "profile", "attributes": both}}

    with pytest.raises(Conflict) as caught:
        klaviyo.open().client.post("/api/profile-import", json=body)

    assert caught.value.existing_id in {each["id"] for each in klaviyo.state()["profiles"]}
    assert json.dumps(both["phone_number"]).strip('"') not in caught.value.sentence
