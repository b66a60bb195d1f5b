"""The task menu: what staff come to do, in their words, as far as they may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite


class Entry(msgspec.Struct, frozen=True):
    """A line of the menu. Further lists that belong to it are tabs on its page."""

    label: str
    icon: str
    tabs: tuple[tuple[str, str], ...]  # (label, model or one of PAGES)


class Link(msgspec.Struct, frozen=True):
    label: str
    url: str
    is_current: bool
    icon: str = ""
    badge: int = 0
    tabs: tuple[Link, ...] = ()


PAGES = {  # pages of no table, and who may open them
    "operations": "connectors.view_connection",
    "needs": "orchestrator.view_attention",
}
ATTENTION = Entry(
    "Needs attention", "bell", (("By cause", "needs"), ("One by one", "orchestrator.Attention"))
)
SECTIONS = {
    "Work": (
        Entry("Clients", "building", (("Clients", "connectors.Store"),)),
        Entry(
            "Assessments",
            "rung",
            (
                ("Results", "assessment.Assessment"),
                ("Audit calls", "assessment.AuditRequest"),
                ("Invitations", "assessment.Invitation"),
            ),
        ),
        Entry("Connections", "plug", (("Connections", "connectors.Connection"),)),
        Entry(
            "Rules",
            "rule",
            (
                ("Rules", "rules.Rule"),
                ("Approvals", "orchestrator.Approval"),
                ("Blueprints", "orchestrator.Blueprint"),
            ),
        ),
        Entry(
            "Suppressions",
            "mute",
            (("Causes", "orchestrator.Suppression"), ("At the vendors", "orchestrator.VendorState")),
        ),
        Entry("Actions", "send", (("Actions", "orchestrator.OutboxAction"),)),
        Entry("Sequences", "clock", (("Sequences", "orchestrator.Enrolment"),)),
        Entry("Reorders", "box", (("Reorders", "orchestrator.ReorderDraft"),)),
        Entry(
            "What is known",
            "book",
            (
                ("Orders", "orchestrator.Order"),
                ("Carts", "orchestrator.Cart"),
                ("Returns", "orchestrator.Return"),
                ("Products", "orchestrator.Product"),
                ("Customers", "orchestrator.CustomerRecord"),
                ("Tickets", "orchestrator.Ticket"),
            ),
        ),
        Entry(
            "Run log",
            "list",
            (("Run log", "orchestrator.RunLogEntry"), ("Exports", "orchestrator.ExportJob")),
        ),
        ATTENTION,
        Entry(
            "Deliveries",
            "inbox",
            (("Deliveries", "orchestrator.Delivery"), ("Events", "orchestrator.InboxEvent")),
        ),
    ),
    "System": (
        Entry("Operations", "gauge", (("Operations", "operations"), ("Stops", "orchestrator.Stop"))),
        Entry(
            "Schedules",
            "clock",
            (
                ("Tasks", "django_celery_beat.PeriodicTask"),
                ("Intervals", "django_celery_beat.IntervalSchedule"),
                ("Calendar times", "django_celery_beat.CrontabSchedule"),
            ),
        ),
        Entry("Staff", "users", (("People", "auth.User"), ("Groups", "auth.Group"))),
    ),
}


def sections(site: AdminSite, request: HttpRequest, attention: int) -> Iterator[tuple[str, list[Link]]]:
    """Sections with at least one line that this person may open."""
    home = reverse("admin:index")
    yield "", [Link("Dashboard", home, request.path == home, icon="home")]
    for title, entries in SECTIONS.items():
        links = [link for entry in entries if (link := _link(site, request, entry, attention))]
        if links:
            yield title, links


def _link(site: AdminSite, request: HttpRequest, entry: Entry, attention: int) -> Link | None:
    tabs = tuple(_tabs(site, request, entry))
    if not tabs:
        return None
    return Link(
        entry.label,
        tabs[0].url,
        any(tab.is_current for tab in tabs),
        icon=entry.icon,
        badge=attention if entry is ATTENTION else 0,
        tabs=tabs if len(tabs) > 1 else (),
    )


def _tabs(site: AdminSite, request: HttpRequest, entry: Entry) -> Iterator[Link]:
    for label, name in entry.tabs:
        if name in PAGES:
            url = reverse(f"admin:{name}")
            if request.user.has_perm(PAGES[name]):
                yield Link(label, url, request.path == url)
            continue
        model = apps.get_model(name)
        page = site._registry.get(model)
        if page and page.has_view_permission(request):
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            yield Link(label, url, request.path.startswith(url))
