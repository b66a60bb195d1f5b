"""What a fake vendor is made of: accounts found by credential, verbs, seeds and answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Any, ClassVar, Generic, TypeVar

from connectors.sandbox.clock import Clock
from connectors.sandbox.refusal import Refusal, checked
from connectors.sandbox.webhooks import Webhooks
from connectors.sandbox.wire import Json, Reply, Request


@dataclass
class Limits:
    """Whether the vendors count calls, and how long their background jobs take."""

    on: bool = True
    job_seconds: float = 0.2


@dataclass
class Surroundings:
    """What all accounts share: the clock, the limits and the way webhooks go out."""

    clock: Clock = field(default_factory=Clock)
    limits: Limits = field(default_factory=Limits)
    webhooks: Webhooks = field(default_factory=Webhooks)


@dataclass(frozen=True)
class Target:
    """Where an account's own webhooks go, and the secret they carry or are signed with."""

    url: str
    secret: str = ""


class Account:
    """One account at one vendor: its own data behind its own lock."""

    def __init__(self, name: str, around: Surroundings) -> None:
        self.name = name
        self.around = around
        self.lock = RLock()
        self.credentials: dict[str, str] = {}
        self.webhook: Target | None = None


A = TypeVar("A", bound=Account)
Verb = Callable[[A, Json], Any]


class Verbs(dict[str, Verb[A]], Generic[A]):
    """What an account can be told to do, by name. The docstring is what the listing shows."""

    def add(self, verb: Verb[A]) -> Verb[A]:
        self[verb.__name__] = verb
        return verb


class Vendor(ABC, Generic[A]):
    """One emulated platform. A module of this package that names its class ``VENDOR`` is served."""

    slug: ClassVar[str]
    credential_keys: ClassVar[frozenset[str]]
    needed_credentials: ClassVar[frozenset[str]]
    extra_keys: ClassVar[dict[str, type | tuple[type, ...]]] = {}  # further keys of an account body
    kinds: ClassVar[frozenset[str]]  # what can be seeded
    verbs: ClassVar[Verbs[Any]]

    def __init__(self) -> None:
        self.accounts: dict[str, A] = {}
        self._by_credential: dict[Hashable, A] = {}
        self._lock = Lock()  # for the two tables above

    @abstractmethod
    def new_account(self, name: str, around: Surroundings) -> A:
        """An empty account."""

    @abstractmethod
    def credential_of(self, credentials: dict[str, str]) -> Hashable:
        """What of an account's credentials a request has to show."""

    @abstractmethod
    def credential_in(self, request: Request) -> Hashable | None:
        """What a request shows, in the same form; None when it shows nothing."""

    @abstractmethod
    def answer(self, request: Request, account: A | None) -> Reply:
        """The vendor's reply; without an account, its refusal of the credentials."""

    @abstractmethod
    def error(self, status: int, sentence: str) -> Reply:
        """An error in the vendor's own form."""

    @abstractmethod
    def seed(self, account: A, kind: str, objects: list[Json]) -> list[Any]:
        """Add vendor-shaped objects, filling what they leave out; their ids."""

    @abstractmethod
    def state(self, account: A) -> Json:
        """Everything the account holds, kind by kind, in the vendor's shapes."""

    def configure(self, account: A, extras: Json) -> None:
        """Take the vendor's own further keys of an account body."""
        return

    def find(self, request: Request) -> A | None:
        credential = self.credential_in(request)
        return None if credential is None else self._by_credential.get(credential)

    def put(self, name: str, body: Json, around: Surroundings) -> Json:
        """Create or update an account; a seed is added to what is there."""
        target = _target(body.get("webhook"))
        account = self._known_as(name, body.get("credentials"), around)
        with account.lock:
            if "webhook" in body:
                account.webhook = target
            self.configure(account, {key: body[key] for key in self.extra_keys if key in body})
            return {kind: self._plant(account, kind, rows) for kind, rows in (body.get("seed") or {}).items()}

    def do(self, name: str, verb: str, body: Json) -> Any:
        """Make something happen in an account as its own users would."""
        if verb not in self.verbs:
            raise Refusal(f"{self.slug} has no verb {verb!r}; GET /_control/ lists them.", 404)
        account = self.account(name)
        with account.lock:
            return self.verbs[verb](account, body)

    def owner(self, credentials: Json) -> A:
        """The account of these credentials, as a client's connection holds them."""
        given = {name: value for name, value in credentials.items() if name in self.credential_keys}
        found = self._by_credential.get(self.credential_of(given))
        if found is None:
            raise Refusal(f"No {self.slug} account has these credentials; PUT one first.", 404)
        return found

    def account(self, name: str) -> A:
        if name not in self.accounts:
            raise Refusal(f"There is no {self.slug} account {name!r}; PUT it first.", 404)
        return self.accounts[name]

    def clear(self) -> None:
        self.accounts.clear()
        self._by_credential.clear()

    def _known_as(self, name: str, credentials: Json | None, around: Surroundings) -> A:
        """The account of that name, new or not, under the credentials it shall have."""
        with self._lock:
            account = self.accounts.get(name) or self.new_account(name, around)
            if credentials is not None:
                self._identify(account, credentials)
            elif name not in self.accounts:
                raise Refusal(f"The new {self.slug} account {name!r} needs credentials.")
            self.accounts[name] = account
            return account

    def _identify(self, account: A, given: Json) -> None:
        what = f"The credentials of {self.slug}"
        credentials = checked(given, what, dict.fromkeys(self.credential_keys, str), self.needed_credentials)
        key = self.credential_of(credentials)
        holder = self._by_credential.get(key)
        if holder is not None and holder is not account:
            raise Refusal(f"The {self.slug} account {holder.name!r} already has these credentials.", 409)
        self._by_credential = {old: one for old, one in self._by_credential.items() if one is not account}
        self._by_credential[key] = account
        account.credentials = credentials

    def _plant(self, account: A, kind: str, objects: object) -> list[Any]:
        if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
            raise Refusal(f"The seed of {kind!r} must be a list of objects.")
        if kind not in self.kinds:
            raise Refusal(f"{self.slug} cannot seed {kind!r}; its kinds are {', '.join(sorted(self.kinds))}.")
        return self.seed(account, kind, objects)


def _target(body: object) -> Target | None:
    if body is None:
        return None
    fields = checked(body, "A webhook", {"url": str, "secret": str}, needs=("url",))
    return Target(fields["url"], fields.get("secret") or "")
