"""Tells staff of running rules whose store has not, or not any more, the tools for what they are to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.capabilities import Tool
from connectors.models import Store
from orchestrator.record import attention
from rules import needs, publish
from rules.compiled import CompiledRule
from rules.models import Rule
from rules.needs import Weight


def look(store: Store, now: datetime) -> None:
    """Compare what its live rules need with what there is: when either changes, and once an hour.

    So what an upgrade makes impossible is told within the hour.
    """
    tools = publish.tools_of(store.pk)
    found = {f"rule:{rule.rule_id}": told for rule, told in _found(store, tools)}
    for reference, sentence in found.items():
        attention.call("rule_lacks", sentence, now=now, store=store, reference=reference)
    attention.clear("rule_lacks", now=now, store_id=store.pk, keep=frozenset(found))


def _found(store: Store, tools: Sequence[Tool]) -> Iterator[tuple[CompiledRule, str]]:
    for rule in publish.compiled_for([store.pk])[store.pk].rules:
        found = needs.gaps(rule.recipe, rule.params, tools) if rule.mode == Rule.Mode.LIVE else ()
        told = " ".join(each.sentence for each in found if each.weight is not Weight.LESS)
        if told:
            yield rule, f"{store}: “{rule.name}” is live and lacks something. {told}"
