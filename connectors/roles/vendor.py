"""What every vendor can be asked, whatever its role."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

from connectors.errors import Problem
from connectors.limits import Limited
from connectors.roles.capability import Capability, Heard
from connectors.types import (
    Account,
    AnySnapshot,
    Page,
    Parsed,
    Reference,
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
    Options: ClassVar[type[forms.Form]] = forms.Form  # what staff may say of the account: texts, none needed
    keys_at: ClassVar[str] = ""  # the page there that shows or makes the keys; may name credentials in braces
    has_webhooks: ClassVar[bool] = False
    seconds_between: ClassVar[float] = 0.0  # effects of one connection keep this distance …
    at_once: ClassVar[int] = 1  # … and so many may go together when a crowd waits
    polls_apart: ClassVar[int] = 0  # seconds between two polls at the least, where few are enough
    imports: ClassVar[tuple[str, ...]] = ()  # kinds whose history can be read, in this order
    offers: ClassVar[tuple[Capability, ...]] = ()  # what the role can be asked: the role declares it
    tells: ClassVar[Mapping[str, Heard]] = {}  # the changes it tells of; of no others
    lacks: ClassVar[Mapping[str, str]] = {}  # of ``offers``: name → why not, and what to do instead
    scopes: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # capability or change → scopes that it takes

    def __init__(
        self,
        client: Client,
        credentials: Mapping[str, str],
        wants: frozenset[str] = frozenset(),
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.client = client
        self.credentials = credentials
        self.wants = wants
        self.options = options or {}

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

    @classmethod
    def seconds_apart(cls, wants: frozenset[str]) -> int:
        """Between two polls at the least, for a store whose rules want this."""
        return cls.polls_apart

    def account(self) -> Account:
        """One real call that proves the credentials and says whose account it is."""
        raise NotImplementedError

    def examined(self) -> Account:
        """The same with what the key may not, where that takes more calls: for when people test it."""
        return self.account()

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
