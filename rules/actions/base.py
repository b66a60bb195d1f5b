"""What every action is: a frozen value that can be stored, said aloud and performed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

import msgspec
from django import forms

from connectors.errors import TryLater, VendorError
from connectors.roles import Vendor
from connectors.types import AnySnapshot
from rules.facts import Facts

Platform = TypeVar("Platform", bound=Vendor)


class Done(msgspec.Struct, frozen=True):
    """The vendor did it."""


class Accepted(msgspec.Struct, frozen=True):
    """The vendor took it and works on it; ask about ``receipt`` later."""

    receipt: str


class Needless(msgspec.Struct, frozen=True):
    """Left out, because what the vendor showed at the moment of sending speaks against it: a stable code."""

    reason: str


class NotTried(msgspec.Struct, frozen=True):
    """Not sent, because an earlier one of the batch showed that sending now is no use."""


Result = Done | Accepted | Needless | NotTried | VendorError


class Missing(msgspec.Struct, frozen=True):
    """Why an action cannot be built from these facts: a stable code, such as no_email."""

    reason: str


def always() -> bool:
    return True


class Action(msgspec.Struct, Generic[Platform], frozen=True, kw_only=True):
    """Something we can ask of a platform. Fields are the arguments, as they are stored.

    ``repeat_safe`` says that doing it twice is the same as once (by nature, or because the vendor
    honours our key), so a call in doubt may simply be made again. Otherwise ``has_landed`` looks; where
    nothing can be looked up (``can_look`` false too) it is sent at most once.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    role: ClassVar[str]  # a role's name: storefront | helpdesk | marketing | chat
    asks: ClassVar[str]  # the capability of that role it takes
    Arguments: ClassVar[type[forms.Form]]  # what staff give it in a rule
    repeat_safe: ClassVar[bool] = False
    can_look: ClassVar[bool] = False
    is_heard: ClassVar[bool] = False  # the customer hears from us by it: it counts in what they get a day

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        """The action for these facts. ``arguments`` are cleaned, ``at`` is when it is meant to happen."""
        raise NotImplementedError

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        """What it will do, as a part of the rule's sentence."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What it does, for people: no personal data beyond what staff need."""
        raise NotImplementedError

    def perform(self, platform: Platform, key: str) -> Accepted | Needless | None:
        """Do it; nothing more to say when it is done. ``key`` is our idempotency key. Raises VendorError."""
        raise NotImplementedError

    @property
    def target(self) -> tuple[str, str] | None:
        """Kind and id of the object whose snapshots show what was done; None when none does."""
        return None

    @property
    def sets(self) -> tuple[str, ...] | None:
        """What it sets, where the newest wish counts and an older one has no use any more; None = it adds."""
        return None

    def imprint(self, known: AnySnapshot, told: AnySnapshot) -> AnySnapshot:
        """``known``, a snapshot of the target, as it looks once this is done: what comes back so is no news.

        ``told`` is what the vendor says now, for its own spelling of what we named.
        """
        return known

    def has_landed(self, platform: Platform, key: str) -> bool:
        """Whether a call in doubt took effect. Raises VendorError when that cannot be seen now."""
        raise NotImplementedError

    @classmethod
    def perform_many(
        cls,
        platform: Platform,
        batch: Sequence[tuple[Self, str]],
        *,
        again: bool = False,
        may_call: Callable[[], bool] = always,
    ) -> list[Result]:
        """Perform (action, key) pairs, one result each, in order.

        Override where the platform takes them in bulk. ``again`` says that the batch was in doubt
        before; ``may_call`` is asked before each call whether the batch is still ours to send.
        """
        results: list[Result] = []
        for action, key in batch:
            if (results and is_no_use(results[-1])) or not may_call():
                results.append(NotTried())
                continue
            try:
                results.append(action.perform(platform, key) or Done())
            except VendorError as error:
                results.append(error)
        return results

    @classmethod
    def is_settled(cls, platform: Platform, receipt: str) -> bool:
        """Whether what was accepted is through. Raises VendorError when it failed."""
        raise NotImplementedError


def is_no_use(result: Result) -> bool:
    """After a throttle or a dead connection the rest of the batch would only meet the same."""
    return isinstance(result, NotTried) or (isinstance(result, VendorError) and stops_batch(result))


def stops_batch(error: VendorError) -> bool:
    from_here_on = isinstance(error, TryLater)
    return from_here_on or error.code in {"credentials_rejected", "scope_missing"}


AnyAction = Action[Any]
