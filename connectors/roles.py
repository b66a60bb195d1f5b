"""What a vendor can be asked. Roles are the waist of the product and change rarely."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms

from connectors.automations import Automation
from connectors.errors import Problem
from connectors.limits import Limited
from connectors.types import (
    Account,
    AnySnapshot,
    EmailState,
    Job,
    Page,
    Parsed,
    Reference,
    Sending,
    Step,
    Token,
    WebhookState,
)

if TYPE_CHECKING:
    from connectors.http import Client


class Vendor(Limited):
    """A platform. Subclasses declare themselves and play one role.

    ``credentials`` are plain values in memory only. ``wants`` names details that cost extra calls and
    that some rule of the store needs (for example ``"ticket.intents"``).
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    role: ClassVar[str]
    hosts: ClassVar[str]  # pattern that a host name must match in full
    Credentials: ClassVar[type[forms.Form]]
    has_webhooks: ClassVar[bool] = False
    seconds_between: ClassVar[float] = 0.0  # effects of one connection keep this distance …
    at_once: ClassVar[int] = 1  # … and so many may go together when a crowd waits
    imports: ClassVar[tuple[str, ...]] = ()  # kinds whose history can be read, in this order

    def __init__(
        self, client: Client, credentials: Mapping[str, str], wants: frozenset[str] = frozenset()
    ) -> None:
        self.client = client
        self.credentials = credentials
        self.wants = wants

    @classmethod
    def root(cls, credentials: Mapping[str, str]) -> str:
        """The address that the vendor's own paths are appended to, without a trailing slash."""
        raise NotImplementedError

    @classmethod
    def headers(cls, credentials: Mapping[str, str]) -> dict[str, str]:
        """Headers every call carries, the credential among them."""
        raise NotImplementedError

    @classmethod
    def needs_token(cls, credentials: Mapping[str, str]) -> bool:
        """Whether these credentials are exchanged for a token before they can be used."""
        return False

    @classmethod
    def renew(cls, client: Client, credentials: Mapping[str, str]) -> Token:
        """Exchange them. ``client`` sends no credential by itself; ``credentials`` hold what the last
        renewal gave. Raises NeedsAttention when they are not accepted any more."""
        raise NotImplementedError

    @classmethod
    def explain(cls, body: Any) -> Problem:
        """What the decoded body of a refusal says, in this vendor's form."""
        return Problem()

    @classmethod
    def verify(cls, credentials: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a webhook is genuine. Header names arrive in lower case."""
        return False

    @classmethod
    def parse_webhook(cls, body: bytes, headers: Mapping[str, str]) -> Parsed:
        """What a delivery says. Raises ValueError with a sentence when it cannot be read."""
        raise NotImplementedError

    def account(self) -> Account:
        """One real call that proves the credentials and says whose account it is."""
        raise NotImplementedError

    def poll(self, watermark: str) -> Iterator[Page]:
        """Everything since ``watermark`` ("" = the beginning); the last page carries the new one.

        A vendor that is only acted on answers with its account, so that polling still proves the key.
        """
        yield Page(watermark=watermark, account=self.account())

    def history(self, kind: str, position: str) -> Generator[Step, None, None]:
        """All there is of one of ``imports``, from ``position`` ("" = the beginning) on.

        Each step carries the position to go on from; the last one says so. Raises Refused when the
        vendor gave up and it has to be started again.
        """
        raise NotImplementedError

    def read(self, references: Sequence[Reference]) -> list[AnySnapshot]:
        """What these objects are now, in as few calls as the vendor allows; gone ones say so."""
        return []

    def ensure_webhooks(self, url: str) -> list[WebhookState]:
        """Register what is missing, revive what was switched off; safe to repeat."""
        return []


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """A discount code. ``percent`` is 0 to 100. ``customer_id`` "" means anybody; ``uses`` 0 no limit."""

    code: str
    title: str
    percent: Decimal
    starts_at: datetime
    ends_at: datetime | None = None
    customer_id: str = ""
    uses: int = 1


class Storefront(Vendor):
    """Where customers buy."""

    role = "storefront"

    def add_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        """``kind`` is customer, order or product. Keeps the other tags; safe to repeat.

        Raises NotFound when there is no such object.
        """
        raise NotImplementedError

    def remove_tags(self, kind: str, id_: str, tags: Sequence[str]) -> None:
        """Safe to repeat. Raises NotFound when there is no such object."""
        raise NotImplementedError

    def create_discount(self, discount: Discount) -> str:
        """Make a code that one person may use; the vendor's id of it. Safe to repeat: a code that is there
        already is answered with its id."""
        raise NotImplementedError

    def find_discount(self, code: str) -> str:
        """The vendor's id of a discount code, "" when there is none."""
        raise NotImplementedError


class Helpdesk(Vendor):
    """Where customers ask."""

    role = "helpdesk"

    def tag_ticket(self, ticket_id: str, tag: str) -> None:
        """Add one tag, keep the others. Safe to repeat."""
        raise NotImplementedError

    def set_priority(self, ticket_id: str, priority: str) -> None:
        raise NotImplementedError

    def assign_team(self, ticket_id: str, team: str) -> None:
        """``team`` is a name or an id. Raises Refused when there is no such team."""
        raise NotImplementedError

    def add_note(self, ticket_id: str, text: str, key: str) -> None:
        """A note only agents see, marked with our ``key``."""
        raise NotImplementedError

    def has_note(self, ticket_id: str, key: str) -> bool:
        raise NotImplementedError

    def automations(self) -> Iterable[Automation]:
        """The rules that are switched on there."""
        raise NotImplementedError


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


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell the team, in plain text: a chat escapes and shortens it as it has to.

    ``details`` are (name, value) pairs, ``links`` (label, address) pairs; ``footer`` is set small.
    """

    text: str
    title: str = ""
    details: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    footer: str = ""


class Chat(Vendor):
    """Where the team talks."""

    role = "chat"

    def post(self, *posts: Post) -> None:
        """Several (``at_once`` at the most) are one message. Not safe to repeat."""
        raise NotImplementedError
