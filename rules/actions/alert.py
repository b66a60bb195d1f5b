"""Tell the team in their chat. Chat tools keep no key and cannot be searched, so at most once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms

from connectors.errors import VendorError
from connectors.roles import Chat, Post
from rules.actions.base import Action, Done, Missing, NotTried, Result, always, is_no_use
from rules.facts import Facts
from rules.sentences import excerpt, quoted


class Alert(Action[Chat], frozen=True, kw_only=True):
    """``details`` are (name, value) pairs, ``links`` (label, address) pairs."""

    slug: ClassVar[str] = "alert"
    label: ClassVar[str] = "Alert the team"
    role: ClassVar[str] = "chat"
    asks: ClassVar[str] = "alert"

    text: str  # as written; the chat's own mark-up is the vendor's business
    title: str = ""
    details: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    class Arguments(forms.Form):
        text = forms.CharField(max_length=3000, widget=forms.Textarea)

    @classmethod
    def build(cls, arguments: Mapping[str, Any], facts: Facts, at: datetime) -> Self | Missing:
        return cls(text=arguments["text"])

    @classmethod
    def phrase(cls, arguments: Mapping[str, Any]) -> str:
        return f"alert the team: {quoted(excerpt(arguments['text']))}"

    def sentence(self) -> str:
        return f"Alert the team: {self.title}" if self.title else "Alert the team in their chat"

    def post(self, key: str) -> Post:
        """The key stands below the message: that is how one in doubt is found by eye."""
        return Post(text=self.text, title=self.title, details=self.details, links=self.links, footer=key)

    @classmethod
    def perform_many(
        cls,
        platform: Chat,
        batch: Sequence[tuple[Self, str]],
        *,
        again: bool = False,
        may_call: Callable[[], bool] = always,
    ) -> list[Result]:
        """What is sent together is one message, and its lines share one fate."""
        results: list[Result] = []
        for start in range(0, len(batch), platform.at_once):
            together = batch[start : start + platform.at_once]
            results += [cls._post(platform, together, results, may_call)] * len(together)
        return results

    @classmethod
    def _post(
        cls,
        platform: Chat,
        together: Sequence[tuple[Self, str]],
        results: Sequence[Result],
        may_call: Callable[[], bool],
    ) -> Result:
        if (results and is_no_use(results[-1])) or not may_call():
            return NotTried()
        try:
            platform.post(*(action.post(key) for action, key in together))
        except VendorError as error:
            return error
        return Done()
