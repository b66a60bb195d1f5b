"""Where customers are written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from connectors.automations import Automation
from connectors.roles.capability import Capability
from connectors.roles.vendor import Vendor
from connectors.types import Campaign, EmailState, Finding, Job, Piece, PredictionSnapshot, Sending, SetUp

# What makes a marketing tool tell what the shop told it:
VIEWS = "product.views"  # which products were looked at
CARTS = "cart.snapshots"  # checkouts that were begun, and bought


class MarketingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell the marketing tool about a person. ``key`` makes repeating it harmless.

    Who has no ``email`` is named by ``phone``, with its country.
    """

    metric: str
    email: str = ""
    phone: str = ""
    key: str
    at: datetime
    properties: Mapping[str, Any] = {}
    value: float | None = None
    currency: str = ""


class Marketing(Vendor):
    """Where customers are written to."""

    role = "marketing"
    offers: ClassVar[tuple[Capability, ...]] = (
        Capability("send_event", "take events that start flows", ("send_event", "send_events")),
        Capability("set_property", "keep properties of people", ("set_properties", "is_settled")),
        Capability(
            "hold_list",
            "hold people by a list",
            (
                *("find_list", "create_list", "list_name", "profile_ids", "add_to_list"),
                *("remove_from_list", "list_members", "members_among", "sendings"),
            ),
        ),
        Capability(
            "hold_global",
            "suppress people altogether",
            ("email_states", "suppress", "unsuppress", "suppression_job", "suppression_jobs"),
        ),
        Capability(
            "hold_campaign",
            "hold campaigns",
            (
                *("campaigns", "campaign_copy", "tag_campaigns", "untag_campaigns"),
                *("revert_campaign", "schedule_campaign", "reschedule_campaign"),
            ),
        ),
        Capability("hold_catalog", "hide items of a catalog", ("catalog_items", "show_item")),
        Capability("customer.predicted", "tell the predicted value of customers", ("predictions",)),
        Capability("cart_flows", "tell of its own reminders of carts", ("cart_flows",)),
        Capability("set_up", "be prepared for a rule", ("set_up_steps", "set_up", "set_up_findings")),
        Capability("marketing_flows", "list its flows and segments", ("automations", "segments")),
    )
    lookup_batch: ClassVar[int] = 1  # e-mails that one look-up takes
    list_batch: ClassVar[int] = 1  # people that one list change takes
    event_batch: ClassVar[int] = 1  # events that one call takes
    item_batch: ClassVar[int] = 1  # catalog items that one look-up takes
    suppress_batch: ClassVar[int] = 1  # people that one suppression takes

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

    def predictions(self, emails: Sequence[str], currency: str) -> list[PredictionSnapshot]:
        """What is expected of those whom the vendor knows; ``lookup_batch`` at the most. ``currency`` is the
        account's, which its figures are in; without it no sum is told."""
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

    def cart_flows(self) -> list[Automation]:
        """Live flows that a left cart starts there by itself: what reminds of carts beside us."""
        raise NotImplementedError

    def segments(self) -> Iterable[Automation]:
        """Active segments, with the words of their definitions."""
        raise NotImplementedError

    def set_up_steps(self, thing: SetUp) -> tuple[str, ...]:
        """What has to be there for it, in the order in which it is made; each word is for staff too."""
        raise NotImplementedError

    def set_up(self, step: str, thing: SetUp, known: Mapping[str, str], hold_list: str) -> Piece:
        """Find what this step is about or make it; nothing of it writes to anybody. Safe to repeat.

        ``known`` are the ids of the steps before. Raises TryLater while what was made is not to be seen yet.
        """
        raise NotImplementedError

    def set_up_findings(self, thing: SetUp, hold_list: str) -> list[Finding]:
        """How far it is there, whoever made it, and what people still have to do. Only looks."""
        raise NotImplementedError

    def campaigns(self, ids: Sequence[str] | None = None) -> list[Campaign]:
        """All that are drafts, wait or go out now; or these, whatever became of them (not those deleted)."""
        raise NotImplementedError

    def campaign_copy(
        self, campaigns: Iterable[Campaign], *, anew: bool = False
    ) -> Iterator[tuple[str, str]]:
        """Id and the text of the mail itself, for each of these; a call for each that changed since it was
        read last, as far as that shows, or for all of them ``anew``."""
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

    def reschedule_campaign(self, campaign: Campaign, at: datetime) -> None:
        """A draft, at another time and else as it was. Raises Refused for what is no draft."""
        raise NotImplementedError

    def catalog_items(self, product_ids: Sequence[str]) -> dict[str, bool]:
        """Product id → whether its item is shown in product feeds, for items of a catalog that is ours to
        change; ``item_batch`` at the most."""
        raise NotImplementedError

    def show_item(self, product_id: str, is_shown: bool) -> None:
        """Safe to repeat. Raises NotFound when there is no such item."""
        raise NotImplementedError
