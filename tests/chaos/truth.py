"""What is so at the fake vendors, read from their own state and from nothing of ours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def waits(ticket: Json) -> bool:
    """Whether somebody waits for an answer. A snoozed ticket comes back, so it counts."""
    if ticket["spam"] or ticket["trashed_datetime"]:
        return False
    if ticket["from_agent"] and not ticket["last_received_message_datetime"]:
        return False
    return is_open(ticket)


def is_open(ticket: Json) -> bool:
    """Whatever its kind: open, or asleep for a while."""
    return ticket["status"] == "open" or _comes_back(ticket["snooze_datetime"])


def who_waits(gorgias: Json) -> set[str]:
    """E-mails of the customers with a ticket that waits."""
    return {ticket["customer"]["email"] for ticket in gorgias["tickets"] if waits(ticket)}


def causes(gorgias: Json) -> set[tuple[str, str]]:
    """Who has to be held, and for which ticket."""
    return {
        (ticket["customer"]["email"], f"gorgias:ticket:{ticket['id']}")
        for ticket in gorgias["tickets"]
        if waits(ticket)
    }


def notes(gorgias: Json) -> Counter[str]:
    """How often each of our notes is on a ticket, by its key."""
    messages = [message for ticket in gorgias["tickets"] for message in ticket["messages"]]
    return Counter(each["external_id"] for each in messages if each["channel"] == "internal-note")


def notes_by_text(gorgias: Json) -> Counter[str]:
    messages = [message for ticket in gorgias["tickets"] for message in ticket["messages"]]
    return Counter(each["body_text"] for each in messages if each["channel"] == "internal-note")


def tags(ticket: Json) -> set[str]:
    return {each["name"] if isinstance(each, dict) else each for each in ticket["tags"]}


def events(klaviyo: Json, metric: str) -> list[Json]:
    return [each for each in klaviyo["events"] if each["metric_name"] == metric]


def members(klaviyo: Json, name: str) -> set[str]:
    """E-mails on the list of that name."""
    return {email for each in klaviyo["lists"] if each["name"] == name for email in each["members"]}


def profiles(klaviyo: Json) -> set[str]:
    return {each["email"] for each in klaviyo["profiles"]}


def suppressed(klaviyo: Json) -> dict[str, list[Json]]:
    """Every global suppression with its reason and stamp."""
    return {each["email"]: each["suppression"] for each in klaviyo["profiles"] if each["suppression"]}


class Openings:
    """How often each ticket was opened, by its subject, which each has for itself."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.is_open: dict[int, bool] = {}  # of the tickets that are still there

    def note(self, ticket: Json) -> None:
        """What the vendor shows of a ticket after something happened to it."""
        now_open = is_open(ticket) and not ticket["trashed_datetime"]
        if now_open and not self.is_open.get(ticket["id"]):
            self.count[ticket["subject"]] += 1
        self.is_open[ticket["id"]] = now_open


def _comes_back(until: str | None) -> bool:
    return until is not None and datetime.fromisoformat(until).replace(tzinfo=UTC) > datetime.now(UTC)
