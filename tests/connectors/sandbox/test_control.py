"""The control interface: accounts, verbs, clock, limits, requests, reset."""

from __future__ import annotations

import pytest
import requests

from tests.connectors.sandbox.conftest import GORGIAS, Control, Vendor


def test_the_listing_names_both_vendors_and_a_line_for_every_verb(control: Control) -> None:
    listing = control.call("GET", "/").json()
    assert {"gorgias", "klaviyo"} <= listing["vendors"].keys()
    assert "POST /_control/faults" in listing["control"]
    assert all(line for vendor in listing["vendors"].values() for line in vendor.values())
    assert "ticket_open" in listing["vendors"]["gorgias"]
    assert "profile_suppress" in listing["vendors"]["klaviyo"]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/gorgias/accounts/a", {"credential": {}}, "An account has no key 'credential'"),
        ("/gorgias/accounts/a", {"seed": {}}, "The new gorgias account 'a' needs credentials."),
        ("/gorgias/accounts/a", {"credentials": {"email": "x"}}, "needs the key 'api_key'"),
        ("/gorgias/accounts/a", {"credentials": {**GORGIAS, "x": 1}}, "has no key 'x'"),
        ("/gorgias/accounts/a", {"credentials": {**GORGIAS, "email": 5}}, "'email' cannot be 5"),
        ("/gorgias/accounts/a", {"credentials": GORGIAS, "webhook": {"secret": "s"}}, "needs the key 'url'"),
        ("/gorgias/accounts/a", {"credentials": GORGIAS, "seed": {"carts": []}}, "cannot seed 'carts'"),
        (
            "/gorgias/accounts/a",
            {"credentials": GORGIAS, "seed": {"tickets": {}}},
            "must be a list of objects",
        ),
        ("/gorgias/accounts/a", {"credentials": GORGIAS, "seed": {"tags": [{}]}}, "needs a name"),
        ("/gorgias/accounts/a", {"credentials": GORGIAS, "scopes": []}, "has no key 'scopes'"),
        ("/nobody/accounts/a", {}, "There is no fake vendor 'nobody'"),
    ],
)
def test_a_wrong_account_body_gets_one_sentence(
    control: Control, path: str, body: object, sentence: str
) -> None:
    answer = control.call("PUT", path, body)
    assert answer.status_code in (400, 404)
    assert sentence in answer.json()["error"]


def test_a_body_that_is_no_json_gets_one_sentence(control: Control) -> None:
    answer = requests.put(f"{control.url}/_control/gorgias/accounts/a", data=b"{", timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The body is not valid json")


def test_putting_an_account_again_keeps_what_it_has_and_adds_the_seed(control: Control) -> None:
    control.account("gorgias", "a", credentials=GORGIAS, seed={"tickets": [{"email": "ana@shop.test"}]})
    control.account("gorgias", "a", seed={"tickets": [{"email": "ben@shop.test"}]})
    tickets = control.state("gorgias", "a")["tickets"]
    assert [ticket["customer"]["email"] for ticket in tickets] == ["ana@shop.test", "ben@shop.test"]


def test_new_credentials_replace_the_old_ones(control: Control, gorgias: Vendor) -> None:
    control.account("gorgias", "north", credentials={**GORGIAS, "api_key": "second"})
    assert gorgias.call("GET", "/api/account").status_code == 401
    gorgias.session.auth = (GORGIAS["email"], "second")
    assert gorgias.call("GET", "/api/account").status_code == 200


def test_two_accounts_cannot_share_credentials(control: Control, gorgias: Vendor) -> None:
    answer = control.call("PUT", "/gorgias/accounts/south", {"credentials": GORGIAS})
    assert answer.status_code == 409
    assert "'north' already has these credentials" in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/gorgias/accounts/north/do/ticket_fly", 404, "gorgias has no verb 'ticket_fly'"),
        ("/gorgias/accounts/nowhere/do/ticket_open", 404, "There is no gorgias account 'nowhere'"),
        ("/gorgias/accounts/north/do/ticket_close", 400, "This verb needs 'id'"),
        ("/gorgias/accounts/north/do/customer_merge", 400, "This verb needs 'id'"),
    ],
)
def test_an_impossible_verb_gets_one_sentence(
    control: Control, gorgias: Vendor, path: str, status: int, sentence: str
) -> None:
    answer = control.call("POST", path, {})
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True)


def test_a_seed_of_another_shape_gets_one_sentence(control: Control) -> None:
    flows = [{"name": "Odd", "definition": {"actions": ["send-email"]}}]
    body = {"credentials": {"private_key": "pk"}, "seed": {"flows": flows}}
    answer = control.call("PUT", "/klaviyo/accounts/a", body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The body does not have the vendor's shape")


def test_the_vendors_live_by_the_clock_that_was_set(control: Control, gorgias: Vendor) -> None:
    control.set_clock("2027-03-01T08:00:00+00:00")
    ticket = control.do("gorgias", "north", "ticket_open", email="ana@shop.test")
    answer = gorgias.call("GET", "/api/account")
    assert ticket["created_datetime"].startswith("2027-03-01T08:00:0")
    assert answer.headers["Date"].startswith("Mon, 01 Mar 2027 08:00:0")
    assert control.call("POST", "/clock", {"now": None}).json()["now"] < "2027"


@pytest.mark.parametrize("body", [{}, {"now": "tomorrow"}, {"now": 5}])
def test_a_clock_that_cannot_be_read_is_refused(control: Control, body: object) -> None:
    assert control.call("POST", "/clock", body).status_code == 400


def test_requests_are_kept_with_query_headers_body_and_status(control: Control, gorgias: Vendor) -> None:
    gorgias.call("POST", "/api/tags", {"name": "return"})
    gorgias.call("GET", "/api/tags", search="ret")
    gorgias.call("GET", "/api/nothing")
    kept = control.call("GET", "/requests?vendor=gorgias&account=north").json()
    assert [(one["method"], one["path"], one["status"]) for one in kept] == [
        ("POST", "/api/tags", 201),
        ("GET", "/api/tags?search=ret", 200),
        ("GET", "/api/nothing", 404),
    ]
    assert kept[0]["body"] == '{"name": "return"}'
    assert kept[0]["headers"]["Authorization"].startswith("Basic ")
    assert control.call("GET", "/requests?vendor=klaviyo").json() == []


def test_requests_can_be_forgotten(control: Control, gorgias: Vendor) -> None:
    gorgias.call("GET", "/api/account")
    control.call("DELETE", "/requests")
    assert control.call("GET", "/requests").json() == []


def test_reset_leaves_nothing_behind(control: Control, gorgias: Vendor) -> None:
    control.fault(vendor="gorgias", path=".", kind="status", status=500)
    control.call("POST", "/limits", {"on": False, "job_seconds": 9})
    control.set_clock("2030-01-01T00:00:00Z")
    control.call("POST", "/reset")
    assert gorgias.call("GET", "/api/account").status_code == 401
    assert control.call("GET", "/faults").json() == []
    assert control.call("POST", "/limits", {}).json() == {"on": True, "job_seconds": 0.2}
    assert len(control.call("GET", "/requests").json()) == 1


def test_unknown_credentials_get_the_vendors_own_401(
    control: Control, gorgias: Vendor, klaviyo: Vendor
) -> None:
    gorgias.session.auth = ("ops@agency.test", "wrong")
    klaviyo.session.headers["Authorization"] = "Klaviyo-API-Key pk_wrong"
    helpdesk, marketing = gorgias.call("GET", "/api/tickets"), klaviyo.call("GET", "/api/profiles")
    assert (helpdesk.status_code, marketing.status_code) == (401, 401)
    assert helpdesk.json()["error"]["msg"]
    assert marketing.json()["errors"][0]["code"] == "authentication_failed"


def test_accounts_do_not_see_each_other(control: Control, gorgias: Vendor) -> None:
    south = {**GORGIAS, "subdomain": "south", "api_key": "key-south"}
    control.account("gorgias", "south", credentials=south, seed={"tickets": [{"email": "ana@shop.test"}]})
    number = control.state("gorgias", "south")["tickets"][0]["id"]
    assert gorgias.get("/api/tickets")["data"] == []
    assert gorgias.call("GET", f"/api/tickets/{number}").status_code == 404
    gorgias.session.auth = (GORGIAS["email"], "key-south")
    assert len(gorgias.get("/api/tickets")["data"]) == 1


def test_a_path_of_no_vendor_says_so(sandbox: object, control: Control) -> None:
    answer = requests.get(f"{control.url}/zendesk/api", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (404, "There is no fake vendor at '/zendesk/api'.")
