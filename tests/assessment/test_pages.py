"""The public pages: the way through, links, bad input, and what every page carries."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

from assessment.models import Assessment
from tests.assessment.visits import GROUPS, SLUGS, Visit, answers, body
from tests.orchestrator.admin.test_policy import HOSTILE, faults

HEAVIEST = 15_000  # bytes of a page, gzipped


def test_from_start_to_result(visit: Visit) -> None:
    page = body(visit.finish(answers("ticket_hold", "cross_tool", "vip_queue", "low_stock")))

    assert "Level 3: Connected" in page
    assert (
        page.index("Remind in three steps") < page.index("Follow up on what") < page.index("Send no upsell")
    )
    assert "98,000" in page
    assert "326,667" in page
    assert "Baymard" in page
    row = visit.row
    assert row.result is not None
    assert (row.level, row.score, row.reached, row.set_version) == (3, 4, 5, "1")
    assert [gap["question"] for gap in row.result["gaps"]] == ["cart_steps", "after_purchase", "return_hold"]


@pytest.mark.parametrize("given", [answers(), answers(*SLUGS), answers(*SLUGS[:9]), answers(*SLUGS[:6])])
def test_any_answers_have_a_result(given: dict[str, str], visit: Visit) -> None:
    assert "Level" in body(visit.finish(given, revenue=""))


def test_every_page_keeps_to_its_promises(visit: Visit) -> None:
    """No script, nothing inline, nothing listed, light, and never kept by a cache on the way."""
    visit.finish()
    other = Visit(visit.client)
    other.begin()
    pages = ["/assessment/", "/assessment/a/nothing/", *(visit.home + each for each in ("call/", "delete/"))]
    pages += [visit.home + "result/", other.home + "profile/"]
    pages += [f"{other.home}questions/{group}/" for group in GROUPS]

    for path in pages:
        answer = visit.client.get(path)
        page = body(answer)
        assert "<script" not in page, path
        assert faults(page) == [], path
        assert "default-src 'self'" in answer["Content-Security-Policy"], path
        assert "noindex" in answer["X-Robots-Tag"], path
        assert "no-store" in answer["Cache-Control"], path
        assert len(gzip.compress(answer.content)) <= HEAVIEST, path
        assert 'name="viewport"' in page, path


def test_what_is_skipped_is_named_and_the_rest_is_kept(visit: Visit) -> None:
    visit.begin()
    visit.profile()

    answer = visit.group("purchase", {"after_purchase": "unsure"})

    page = body(answer)
    assert answer.status_code == 422
    assert "<title>Error:" in page
    assert 'href="#id_cart_steps_0"' in page
    assert 'href="#id_after_purchase_0"' not in page
    assert visit.row.answers == {"after_purchase": "unsure"}
    assert visit.row.reached == 1
    assert "checked" in body(visit.get("questions/purchase/"))


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("revenue", "0", "0.00"),
        ("revenue", "1000000000000000", "1000000000000000.00"),
        ("revenue", "1.234,56", "1234.56"),
        ("revenue", "", "None"),
        ("currency", " eur ", "EUR"),
        ("country", "Österreich", "Österreich"),
        ("revenue_kind", "", "started"),
    ],
)
def test_a_profile_as_people_write_it(field: str, value: str, stored: str, visit: Visit) -> None:
    page = body(visit.finish(None, **{field: value}))

    assert str(getattr(visit.row, field)) == stored
    assert "Level" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("platform", ""),
        ("platform", "'; DROP TABLE"),
        ("revenue", "about a million"),
        ("revenue", "-5"),
        ("revenue", "9" * 50),
        ("revenue", "\x00"),
        ("revenue_kind", "both"),
        ("currency", "dollars"),
        ("team_size", "100000"),
        ("tools", ["klaviyo", "nonsense"]),
        ("store_name", "x" * 121),
        ("store_name", "a\x00b"),
        ("country", "x" * 5000),
    ],
)
def test_bad_input_is_refused_and_kept_on_the_page(field: str, value: object, visit: Visit) -> None:
    visit.begin()

    answer = visit.profile(**{field: value})

    assert answer.status_code == 422
    assert "There is a problem" in body(answer)
    assert "North Ridge Outfitters" in body(answer) or field == "store_name"
    assert visit.row.reached == 0


def test_hostile_words_stay_words(visit: Visit) -> None:
    visit.begin()
    page = body(visit.finish(store_name=HOSTILE, country=HOSTILE[:60], other_tools=HOSTILE))

    assert "<script>alert(1)" not in page
    assert faults(page) == []
    for query in ({"revenue": HOSTILE}, {"abandonment": "NaN"}, {"recovery": "1e999"}, {"x": HOSTILE}):
        answer = visit.get("result/", **{"revenue": "5", "abandonment": "70", "recovery": "7", **query})
        assert answer.status_code in (200, 422), query
        assert faults(body(answer)) == [], query
    call = visit.post("call/", name=HOSTILE, email="not an address", note=HOSTILE)
    assert call.status_code == 422
    assert faults(body(call)) == []


def test_the_estimate_follows_its_inputs_and_changes_nothing(visit: Visit) -> None:
    visit.finish()

    answer = visit.get("result/", revenue="1.000.000,00", abandonment="50", recovery="10")

    assert "50,000" in body(answer)
    assert "100,000" in body(answer)
    assert str(visit.row.revenue) == "2000000.00"
    wrong = visit.get("result/", revenue="x", abandonment="100", recovery="7")
    assert wrong.status_code == 422
    assert "<title>Error:" in body(wrong)


def test_another_device_goes_on_where_it_stopped(visit: Visit) -> None:
    visit.begin()
    visit.profile()
    visit.group("purchase", answers())

    answer = Client().get(visit.home)

    assert answer["Location"] == f"{visit.home}questions/stock/"


def test_two_tabs_lose_nothing_of_each_other(visit: Visit) -> None:
    visit.begin()
    visit.profile()
    visit.group("support", answers("ticket_hold"))
    visit.group("purchase", answers("cart_steps"))
    visit.profile(country="Canada")

    row = visit.row
    assert (row.answers["ticket_hold"], row.answers["cart_steps"], row.country) == ("yes", "yes", "Canada")


def test_the_last_page_leads_back_to_what_is_missing(visit: Visit) -> None:
    visit.begin()
    visit.profile()

    answer = visit.group("across", answers())

    assert answer["Location"] == f"{visit.home}questions/purchase/"
    assert visit.row.finished_at is None


def test_sending_twice_and_going_back_leave_one_result(visit: Visit) -> None:
    visit.finish(answers("ticket_hold"))
    stood = visit.row.finished_at

    again = visit.group("across", answers("ticket_hold"))

    assert again["Location"] == f"{visit.home}result/"
    assert Assessment.objects.count() == 1
    assert visit.row.finished_at == stood


def test_a_changed_answer_begins_another_attempt(visit: Visit) -> None:
    visit.finish(answers("ticket_hold"))
    first = visit.row

    visit.group("support", answers("ticket_hold", "vip_queue"))

    second = visit.row
    first.refresh_from_db()
    assert second.previous == first
    assert second.answers["vip_queue"] == "yes"
    assert first.answers["vip_queue"] == "no"
    assert first.score == 1


def test_taking_it_again_keeps_the_first_result(visit: Visit) -> None:
    visit.finish(answers("ticket_hold"))

    answer = visit.post("again/")
    fresh = Visit(visit.client)
    fresh.home = answer["Location"].removesuffix("profile/")
    fresh.profile()
    for group in GROUPS:
        fresh.group(group, answers("ticket_hold", "cross_tool"))

    assert "The time before it was level 2, with 1 yes" in body(fresh.get("result/"))
    assert Assessment.objects.finished().count() == 2
