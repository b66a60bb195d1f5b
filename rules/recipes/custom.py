"""When something happens, and if it meets the conditions, then do this: a rule written by staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django import forms

from connectors.types import Transition
from rules import conditions, steps
from rules.decision import Answer, Decision, Message, No
from rules.facts import RECORD, Facts
from rules.fields import StructureField
from rules.sentences import TRANSITIONS, listed
from rules.vocabulary import FIELDS

slug = "custom"
label = "When / if / then"
steers: frozenset[str] = frozenset()  # it sends messages, and those speak of the present only

COSTLY = frozenset({"ticket.intents"})  # vendors tell these only when asked for each object
RECORDED = frozenset(name for name in FIELDS if name.startswith("customer.")) - {
    "customer.email",
    "customer.name",
}


class ConditionField(StructureField):
    """A condition as the grammar has it; nothing means always."""

    def to_python(self, value: Any) -> conditions.Condition:
        return conditions.parse(super().to_python(value))


class StepsField(StructureField):
    """A list of actions."""

    def to_python(self, value: Any) -> list[steps.Step]:
        return steps.parse(super().to_python(value))


class BaseParams(forms.Form):
    def clean(self) -> dict[str, Any]:
        """What is never asked can never act: better said now than found out in a month."""
        values = self.cleaned_data
        asks = "if" in values and any(values["if"].fields())
        if not values.get("when", True) and (values.get("then") or asks):
            self.add_error("when", "Is missing: name the change that starts this rule.")
        return values


# "if" is a word of the language, so the form is put together rather than written as a class.
Params: type[forms.Form] = type(
    "Params",
    (BaseParams,),
    {
        "__module__": __name__,
        "when": forms.ChoiceField(
            required=False,
            initial="",
            choices=[("", "Nothing yet"), *((each.value, TRANSITIONS[each]) for each in Transition)],
            help_text="The change that starts this rule.",
            error_messages={
                "invalid_choice": f"“%(value)s” is no change. Use one of {', '.join(Transition)}."
            },
        ),
        "if": ConditionField(
            types=(dict,),
            noun="a condition or a group of conditions",
            required=False,
            initial={},
            help_text="Empty means always.",
        ),
        "then": StepsField(types=(list,), noun="a list of actions", required=False, initial=[]),
    },
)


def hears(params: Mapping[str, Any]) -> frozenset[Transition]:
    return frozenset({Transition(params["when"])} if params["when"] else ())


def wants(params: Mapping[str, Any]) -> frozenset[str]:
    looked_at = {*params["if"].fields(), *(field for step in params["then"] for field in step.fields())}
    return COSTLY & looked_at | ({RECORD} if RECORDED & looked_at else frozenset())


def sentence(params: Mapping[str, Any]) -> str:
    if not params["when"]:
        return "This rule does nothing yet."
    when = Transition(params["when"])
    condition = params["if"].sentence(about=when.partition(".")[0])
    asked = f"{TRANSITIONS[when]} and {condition}" if condition else TRANSITIONS[when]
    done = listed([step.sentence() for step in params["then"]]) or "do nothing yet"
    return f"When {asked}, {done}."


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    outcome = params["if"].ask(facts)
    seen = {"conditions": [msgspec.to_builtins(each) for each in outcome.conditions]}
    if outcome.passed is None:
        yield No(reason="condition_unreadable", seen=seen, is_unreadable=True)
    elif not outcome.passed:
        yield No(reason="conditions_not_met", seen=seen)
    elif not params["then"]:
        yield No(reason="no_action", seen=seen)
    else:
        for index, step in enumerate(params["then"]):
            yield _answer(facts, step, f"{index}:{step.kind.slug}", seen)


def _answer(facts: Facts, step: steps.Step, key: str, seen: Mapping[str, Any]) -> Answer:
    action = step.action(facts)
    if isinstance(action, No):
        return msgspec.structs.replace(action, seen={"key": key, **action.seen, **seen})
    message = Message(action=action, key=key, after=step.wait, subject=facts.email, recheck=bool(step.wait))
    return Decision(effect=message, because="conditions_met", seen=seen)
