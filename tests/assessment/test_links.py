"""Links that edit, read and invite; the call; and what keeps robots and guessers out."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessment import links
from assessment.models import Assessment, AuditRequest, Invitation
from connectors.models import Store
from tests.assessment.visits import Visit, body


def test_a_shared_result_can_be_read_and_nothing_else(visit: Visit) -> None:
    visit.finish()
    visit.post("share/", do="share")
    url = links.share_url(visit.row)
    reader = Client()

    page = body(reader.get(url))

    assert "Level" in page
    assert "csrfmiddlewaretoken" not in page
    assert links.edit_link(visit.row) not in page
    assert reader.get(url.replace("/r/", "/a/")).status_code == 404
    visit.post("share/", do="revoke")
    assert reader.get(url).status_code == 404
    visit.post("share/", do="share")
    assert reader.get(url).status_code == 404


def test_links_that_lead_nowhere_all_look_alike(visit: Visit) -> None:
    visit.finish()
    link, now = links.edit_link(visit.row), timezone.now()
    store = Store.objects.create(slug="a", name="Zebra", platform="shopify")
    ended = Invitation.objects.create(store=store, expires_at=now - timedelta(days=1))
    revoked = Invitation.objects.create(store=store, expires_at=now + timedelta(days=1), revoked_at=now)
    gone = Assessment.objects.get()
    paths = [links.invite_url(ended), links.invite_url(revoked), "/assessment/nothing/", visit.home]
    paths += [
        f"/assessment/a/{link[:-1]}/result/",
        f"/assessment/a/{link}x/",
        "/assessment/a/é.ü/",
        "/assessment/r/x/",
    ]
    gone.delete()

    seen = {(answer.status_code, answer.content) for answer in map(Client().get, paths)}

    assert len(seen) == 1
    assert next(iter(seen))[0] == 404
    assert "Zebra" not in next(iter(seen))[1].decode()


def test_a_client_comes_by_invitation(db: None) -> None:
    store = Store.objects.create(slug="a", name="Ash & Oak", platform="bigcommerce", currency="EUR")
    invitation = Invitation.objects.create(store=store, expires_at=timezone.now() + timedelta(days=1))
    visit = Visit(Client(), links.invite_url(invitation))

    assert "Ash &amp; Oak" in body(visit.client.get(visit.start))
    visit.begin()

    row = visit.row
    assert (row.store, row.platform, row.currency) == (store, "bigcommerce", "EUR")


def test_the_call_is_asked_for_once(visit: Visit) -> None:
    visit.finish()
    sent = {"name": "Ana", "email": "ana@shop.test", "note": "Tuesday?"}

    first, second = visit.post("call/", **sent), visit.post("call/", **{**sent, "name": "Ben"})

    assert (first.status_code, second.status_code) == (302, 200)
    assert "We will be in touch" in body(second)
    assert AuditRequest.objects.get().name == "Ana"
    assert "You asked for the audit call" in body(visit.get("result/"))


def test_a_robot_that_fills_the_trap_leaves_nothing(visit: Visit) -> None:
    answer = visit.client.post("/assessment/", {"website": "http://spam.test"})
    visit.finish()
    visit.post("call/", name="Bot", email="bot@spam.test", website="x")

    assert answer.status_code == 302
    assert Assessment.objects.count() == 1
    assert not AuditRequest.objects.exists()


def test_too_many_starts_are_slowed_down(visit: Visit) -> None:
    statuses = [visit.client.post("/assessment/").status_code for _ in range(22)]

    assert statuses == [302] * 20 + [429] * 2
    assert Assessment.objects.count() == 20


def test_guessing_links_is_slowed_down(visit: Visit) -> None:
    visit.finish()
    statuses = [visit.client.get(f"/assessment/a/guess{number}/").status_code for number in range(45)]

    assert statuses[:40] == [404] * 40
    assert statuses[-1] == 429
    assert visit.get("result/").status_code == 429


def test_an_owner_takes_their_data_along_and_deletes_it(visit: Visit) -> None:
    visit.finish()
    visit.post("call/", name="Ana", email="ana@shop.test")

    told = visit.get("data/").json()
    assert told["answers"]["ticket_hold"] == "yes"
    assert told["audit_call"]["email"] == "ana@shop.test"
    assert "Delete" in body(visit.get("delete/"))
    assert visit.post("delete/").status_code == 200

    assert not Assessment.objects.exists()
    assert not AuditRequest.objects.exists()
    assert visit.get("result/").status_code == 404


def test_forms_need_their_token(visit: Visit) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(reverse("assessment:start")).status_code == 403
