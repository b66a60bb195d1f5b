"""While a rule is written its sentence is told, and its rows come and go; nothing is kept."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client

from orchestrator.admin.rule_preview import WISH, preview_url
from rules.models import Rule
from tests.orchestrator.admin import examples, sent

ADD = "/admin/rules/rule/add/?recipe=custom"


@pytest.fixture
def client(db: None, enter: Callable[[User], Client]) -> Client:
    return enter(examples.administrator())


def sole(data: QueryDict) -> dict[str, str]:
    return {name: str(value) for name, value in data.items()}


def drawn(client: Client, data: QueryDict, wish: str = "", recipe: str = "custom") -> str:
    answer = client.post(preview_url(recipe), {**sole(data), WISH: wish})
    assert answer.status_code == 200
    return str(answer.content.decode())


def with_rows(client: Client, data: QueryDict, wish: str = "", **boxes: str) -> QueryDict:
    """The form after the page has put in what the server drew, and these boxes were filled."""
    form = sent.of(drawn(client, data, wish))
    form["param_when"] = str(data["param_when"])
    for name, value in boxes.items():
        form[f"param_{name.replace('__', '-')}"] = value
    return form


def test_a_rule_is_built_row_by_row_and_reads_as_one_sentence(client: Client) -> None:
    form = sent.of(client.get(ADD).content.decode())
    form["param_when"] = "ticket.opened"
    form = with_rows(client, form, "condition param_if", if__0__field="ticket.channel")
    form = with_rows(client, form, if__0__value="email")
    form = with_rows(client, form, "group param_if", if__1__0__field="customer.tags")
    form = with_rows(client, form, if__1__0__value="VIP")
    form = with_rows(client, form, "condition param_if-1", if__1__1__field="customer.order_count")
    form = with_rows(client, form, if__1__1__op="gte", if__1__1__value="3")
    form = with_rows(client, form, "action param_then", then__0__action="set_priority")
    form = with_rows(client, form, then__0__after="1 hour")
    form["param_then-0-with-priority"] = "high"

    page = drawn(client, form)

    assert (
        "When a ticket is opened and its channel is “email” and (the customer's tags include “VIP” or the "
        "customer's number of orders is at least 3), set the ticket's priority to “high” 1 hour later."
    ) in html.unescape(page)
    assert not Rule.objects.exists()


def test_rows_are_taken_out_and_the_keyboard_goes_to_what_is_near(client: Client) -> None:
    form = sent.of(client.get(ADD).content.decode())
    form["param_if-0-field"], form["param_if-1-field"] = "ticket.channel", "ticket.tags"

    taken = drawn(client, form, "remove param_if-0")
    put = drawn(client, form, "condition param_if")

    assert [name for name in sent.of(taken) if name.endswith("-field")] == ["param_if-1-field"]
    assert 'data-focus="add_param_if"' in taken
    assert 'data-focus="id_param_if-2-field"' in put
    assert 'id="id_param_if-2-field"' in put


def test_what_is_not_finished_is_not_scolded(client: Client) -> None:
    form = sent.of(client.get(ADD).content.decode())
    form["param_when"], form["param_if-0-field"] = "ticket.opened", "ticket.channel"

    page = drawn(client, form)

    assert "Not complete yet." in page
    assert "errorlist" not in page


def test_every_recipe_is_told_as_it_is_filled_in(client: Client) -> None:
    form = sent.of(client.get("/admin/rules/rule/add/?recipe=ticket_hold").content.decode())
    form["param_max_age_days"] = "12"
    told = drawn(client, form, recipe="ticket_hold")
    form["param_max_age_days"] = "often"
    wrong = drawn(client, form, recipe="ticket_hold")

    assert "12 days" in told
    assert "Not complete yet. Max age days: Enter a whole number." in wrong


@pytest.mark.parametrize(
    "wish", ["remove", "remove ", "fly param_if", "condition", "action param_if-0", "remove param_"]
)
def test_wishes_that_no_page_makes_do_no_harm(wish: str, client: Client) -> None:
    form = sent.of(client.get(ADD).content.decode())

    assert "<p data-said>" in drawn(client, form, wish)


def test_a_recipe_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.post(preview_url("mind_reading")).status_code == 404
