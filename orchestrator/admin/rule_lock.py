"""Two people at one rule: the second is told what the first changed, and keeps what they wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import Truncator

from orchestrator.admin.base import PlainForm
from orchestrator.admin.rule_words import label_of, told
from orchestrator.models import RunLogEntry
from rules import publish
from rules.limits import Limits
from rules.models import Rule

SEEN = "seen"
LONGEST = 300  # characters of a value in a sentence
KEPT = "What you wrote still stands in the form. Save again to put it in the place of what is there now."


class SeenForm(PlainForm):
    """It carries what the rule was when the page was opened. A form without that is taken as it is."""

    param_prefix = ""
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[SEEN] = json.dumps(_state(self.instance), sort_keys=True)

    def full_clean(self) -> None:
        """After everything else, when what this person wants is known."""
        super().full_clean()
        if self.is_bound and self.instance.pk:
            self._look_up()

    def _look_up(self) -> None:
        # Locked until the request is over: of two who save at once, the later meets what the earlier left.
        row = Rule.objects.select_for_update().filter(pk=self.instance.pk).first()
        if row is None:
            return
        was, now = _read(self.data.get(SEEN, "")), _state(row)
        changed = [name for name in {**now, **was} if was and was.get(name) != now.get(name)]
        if not self.errors:
            mine = _state(self.instance)
            changed = [name for name in changed if mine.get(name) != now.get(name)]
        if not changed:
            return
        sent = QueryDict(mutable=True)  # what the browser sent cannot be written to
        sent.update(self.data)
        sent[SEEN] = json.dumps(now, sort_keys=True)
        self.data = sent
        first = f"{_who(row)} saved this rule while you had it open. {KEPT}"
        self.add_error(None, ValidationError([first, *self._told(changed, was, now)]))

    def _told(self, changed: list[str], was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
        for name in changed:
            field = self.fields.get(name) or self.fields.get(self.param_prefix + name)
            words = [_words(state.get(name), field) for state in (now, was)]
            yield f"{label_of(name, field).capitalize()}: now {words[0]}; when you opened it, {words[1]}."


def _state(rule: Rule) -> dict[str, Any]:
    """All that the form can change, by name."""
    limits = {name: getattr(rule, name) for name in Limits.__struct_fields__}
    return {"name": rule.name, **limits, **_params(rule)}


def _params(rule: Rule) -> Mapping[str, Any]:
    """With what is left to the recipe, so that saying a default aloud is no change."""
    try:
        found: Mapping[str, Any] = publish.check(rule.recipe, rule.params)
    except (LookupError, ValidationError):  # after an upgrade: it is compared as it stands
        return rule.params if isinstance(rule.params, Mapping) else {}
    return found


def _read(text: str) -> dict[str, Any]:
    """What a browser sent: it may be anything."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _who(rule: Rule) -> str:
    rows = RunLogEntry.objects.filter(store=rule.store_id, code="rule_changed", reference=f"rule:{rule.pk}")
    newest = rows.order_by("-at", "-id").first()
    return str((newest and newest.details.get("by")) or "Somebody else")


def _words(value: Any, field: forms.Field | None) -> str:
    if value in (None, "", [], {}):
        return "empty"
    text = told(value, field)
    return text if isinstance(value, bool) else f"“{Truncator(text).chars(LONGEST)}”"
