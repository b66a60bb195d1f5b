"""Where customers are written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from connectors.automations import Automation
from connectors.roles.vendor import Vendor
from connectors.types import Campaign, EmailState, Job, Sending


class MarketingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell the marketing tool about a person. ``key`` makes repeating it harmless."""

    metric: str
    email: str
    key: str
    at: datetime
    properties: Mapping[str, Any] = {}
    value: float | None = None
    currency: str = ""


class Marketing(Vendor):
    """Where customers are written to."""

    role = "marketing"
    lookup_batch: ClassVar[int] = 1  # e-mails that one look-up takes
    list_batch: ClassVar[int] = 1  # people that one list change takes
    event_batch: ClassVar[int] = 1  # events that one call takes
    item_batch: ClassVar[int] = 1  # catalog items that one look-up takes
    suppress_batch: ClassVar[int] = 0  # people that one suppression takes; 0: this tool cannot suppress

    def find_list(self, name: str) -> str | None:
        """The id of the list of this name, if there is one."""
        raise NotImplementedError

    def create_list(self, name: str) -> str:
        raise NotImplementedError

    def list_name(self, list_id: str) -> str:
        """Raises NotFound when the list is gone."""
        raise NotImplementedError

    def profile_ids(self, emails: Sequence[str]) -> dict[str, str]:
        """Lower-case e-mail → profile id, for those the vendor knows; ``lookup_batch`` at the most."""
        raise NotImplementedError

    def add_to_list(self, list_id: str, profile_ids: Sequence[str]) -> None:
        """Safe to repeat. Raises NotFound when the list (or a profile) is gone."""
        raise NotImplementedError

    def remove_from_list(self, list_id: str, profile_ids: Sequence[str]) -> None:
        """Safe to repeat. Raises NotFound when the list is gone."""
        raise NotImplementedError

    def list_members(self, list_id: str) -> Iterator[str]:
        """Profile ids of everybody on the list."""
        raise NotImplementedError

    def members_among(self, list_id: str, emails: Sequence[str]) -> dict[str, str]:
        """Of these people (``lookup_batch`` at the most), lower-case e-mail → profile id of list members."""
        raise NotImplementedError

    def send_event(self, event: MarketingEvent) -> None:
        """Safe to repeat: the vendor keeps the first of the same key."""
        raise NotImplementedError

    def send_events(self, events: Sequence[MarketingEvent]) -> None:
        """In bulk; for events that were certainly never sent before."""
        raise NotImplementedError

    def set_properties(self, people: Mapping[str, Mapping[str, Any]]) -> str:
        """Lower-case e-mail → properties. Returns a receipt to ask about later, "" when it is done."""
        raise NotImplementedError

    def is_settled(self, receipt: str) -> bool:
        """Whether the job behind a receipt is through. Raises Refused when it failed."""
        raise NotImplementedError

    def email_states(self, emails: Sequence[str]) -> dict[str, EmailState]:
        """Lower-case e-mail → state, for those the vendor knows; ``lookup_batch`` at the most."""
        raise NotImplementedError

    def suppress(self, emails: Sequence[str]) -> Job:
        """Begin to stop all e-mail to these people; ``suppress_batch`` at the most. Consent stays."""
        raise NotImplementedError

    def unsuppress(self, emails: Sequence[str]) -> Job:
        """Begin to lift what was suppressed by hand, whoever did it. Safe to repeat."""
        raise NotImplementedError

    def suppression_job(self, receipt: str) -> Job:
        """How far a job of these two is. Raises NotFound when the vendor has forgotten it."""
        raise NotImplementedError

    def suppression_jobs(self, *, lifting: bool, since: datetime) -> list[Job]:
        """All such jobs that anybody began since, newest first: to find one whose answer was lost."""
        raise NotImplementedError

    def sendings(self, list_id: str) -> Iterable[Sending]:
        """Live flows and campaigns that may still write, each with whether it leaves out the list."""
        raise NotImplementedError

    def automations(self) -> Iterable[Automation]:
        """Live flows: what starts them, what they read and what they send."""
        raise NotImplementedError

    def segments(self) -> Iterable[Automation]:
        """Active segments, with the words of their definitions."""
        raise NotImplementedError

    def campaigns(self, ids: Sequence[str] | None = None) -> list[Campaign]:
        """All that are drafts, wait or go out now; or these, whatever became of them (not those deleted)."""
        raise NotImplementedError

    def campaign_copy(self, campaigns: Iterable[Campaign]) -> Iterator[tuple[str, str]]:
        """Id and the text of the mail itself, for each of these; a call for each that changed since."""
        raise NotImplementedError

    def tag_campaigns(self, tag: str, ids: Sequence[str]) -> None:
        """Safe to repeat."""
        raise NotImplementedError

    def untag_campaigns(self, tag: str, ids: Sequence[str]) -> None:
        """Safe to repeat. Raises NotFound when one of them is gone."""
        raise NotImplementedError

    def revert_campaign(self, id_: str) -> None:
        """A scheduled one becomes a draft again. Raises Refused when there is nothing to revert."""
        raise NotImplementedError

    def schedule_campaign(self, id_: str) -> None:
        """As its strategy says. Not safe to repeat. Raises Refused for what is no draft or is late."""
        raise NotImplementedError

    def catalog_items(self, product_ids: Sequence[str]) -> dict[str, bool]:
        """Product id → whether its item is shown in product feeds, for items of a catalog that is ours to
        change; ``item_batch`` at the most."""
        raise NotImplementedError

    def show_item(self, product_id: str, is_shown: bool) -> None:
        """Safe to repeat. Raises NotFound when there is no such item."""
        raise NotImplementedError
