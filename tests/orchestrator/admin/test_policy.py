"""Every page keeps to "default-src 'self'": nothing inline, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse

from tests.orchestrator.admin import examples, pages
from tests.orchestrator.admin.examples import World

HARMLESS = {"application/json", "application/ld+json"}  # scripts that are data
LOADED = {("script", "src"), ("link", "href"), ("img", "src"), ("use", "href"), ("iframe", "src")}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


class Inspector(HTMLParser):
    """Collects what the policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") not in HARMLESS):
            self.faults.append(f"<{tag}> in the page")
        for name, value in attrs:
            target = value or ""
            if name == "style" or name.startswith("on") or target.strip().lower().startswith("javascript:"):
                self.faults.append(f"{tag} {name}={target[:60]}")
            if (tag, name) in LOADED and urlsplit(target).scheme:
                self.faults.append(f"{tag} from {target[:60]}")


def faults(page: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(page)
    return inspector.faults


def test_the_inspector_finds_what_is_inline() -> None:
    bad = "<style></style><script>1</script><p style='x' onclick='y'><a href='javascript:z'><img src='//e/x'>"

    assert len(faults(bad)) == 5
    assert faults('<script type="application/json">{}</script><script src="/static/x.js"></script>') == []


@override_settings(ALLOW_LOOPBACK_VENDORS=True)
def test_every_page_keeps_to_the_policy(ours: World, enter: Callable[[User], Client]) -> None:
    client = enter(ours.root)

    for path in [*pages.all_of(ours), *(page for row in ours.rows() for page in pages.of(row))]:
        answer = client.get(path)

        if answer.get("Content-Type", "").startswith("text/html"):
            assert faults(answer.content.decode()) == [], path
            assert "default-src 'self'" in answer["Content-Security-Policy"], path
            assert "unsafe" not in answer["Content-Security-Policy"], path


def test_pages_without_a_person_keep_to_the_policy(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    login = reverse("admin:login")
    answers = {
        "login": (client.get(login), 200),
        "expired form": (client.post(login), 403),
        "no such page": (client.get("/nowhere/"), 404),
    }

    for name, (answer, status) in answers.items():
        assert answer.status_code == status, name
        assert faults(answer.content.decode()) == [], name
        assert "<h1" in answer.content.decode(), name


def test_hostile_words_stay_words(ours: World, enter: Callable[[User], Client]) -> None:
    """Whatever vendors and customers write is shown as they wrote it, and does nothing."""
    client = enter(ours.root)
    ours.store.name = HOSTILE
    ours.store.save()
    ours.gorgias.finding = HOSTILE
    ours.gorgias.resources = {"unguarded": [{"kind": HOSTILE, "name": HOSTILE, "status": HOSTILE}]}
    ours.gorgias.account = {"name": HOSTILE, "timezone": HOSTILE}
    ours.gorgias.save()
    hold = examples.rule(ours.store, name=HOSTILE)
    rows = [
        examples.suppression(hold, HOSTILE, 1, reference=HOSTILE),
        examples.vendor_state(ours.klaviyo, HOSTILE, because=HOSTILE),
        examples.delivery(ours.gorgias, body=HOSTILE.encode(), error=HOSTILE),
        examples.event(ours.gorgias, 2, body=f'{{"a": ["{HOSTILE[:20]}"]}}'.encode(), error=HOSTILE),
        examples.action(ours.klaviyo, 3, because=HOSTILE, arguments='{"ticket_id": "<i>", "tag": "<b>"}'),
        examples.attention(ours.store, "hold_lost", HOSTILE, reference=HOSTILE),
        examples.entry(
            ours.store,
            "action_failed",
            what=HOSTILE,
            because=HOSTILE,
            subject=HOSTILE,
            deep=[{HOSTILE: HOSTILE}],
        ),
    ]

    for path in [reverse("admin:index"), *pages.all_of(ours), *(pages.change(row) for row in rows)]:
        page = client.get(path).content.decode()

        assert "<script>alert(1)" not in page, path
        assert faults(page) == [], path
