"""When something happens, and if it meets the conditions, then do this: a rule written by staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django import forms

from connectors.types import SetUp, Transition
from rules import conditions, knowable, mailings, pacing, sources, steps, worth
from rules.actions.create_discount import CreateDiscount
from rules.actions.send_event import SendEvent
from rules.coupons import CAPS, CodeCaps
from rules.decision import Answer, Decision, Message, No
from rules.facts import Facts
from rules.grammar import ConditionField, StepsField
from rules.pacing import OptionalPacing
from rules.sentences import TRANSITIONS, listed
from rules.vocabulary import FIELDS

slug = "custom"
label = "When / if / then"
steers: frozenset[str] = frozenset()  # it sends messages, and those speak of the present only

UNKNOWN_COST = (
    "A percentage can be reckoned on an order or a cart only. Give the codes of this rule an amount, such as "
    "15 USD, or cap their number alone."
)
TOLD_BY_SOME = frozenset({"customer.tags"})  # not every tool has them


class BaseParams(OptionalPacing, CodeCaps):
    def clean(self) -> dict[str, Any]:
        """What is never asked can never act: better said now than found out in a month."""
        values = self.cleaned_data
        asks = "if" in values and any(values["if"].leaves())
        if not values.get("when", True) and (values.get("then") or asks):
            self.add_error("when", "Is missing: name the change that starts this rule.")
        if values.get("most_worth_per_month") and _has_unknown_cost(values):
            self.add_error("most_worth_per_month", UNKNOWN_COST)
        values = super().clean()
        return {name: each for name, each in values.items() if each not in (None, {}) or name not in CAPS}


def _has_unknown_cost(values: Mapping[str, Any]) -> bool:
    """A percentage of nothing that is known: of a ticket, a return or a product."""
    about = (values.get("when") or "").partition(".")[0]
    worths = (each.arguments["worth"] for each in values.get("then") or () if each.kind is CreateDiscount)
    return about not in ("order", "cart") and any(worth.parse(each).percent for each in worths)


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
    """What its conditions, exits and texts look at, as far as that is not in the change itself."""
    return frozenset(FIELDS[name].wants for name in _looked_at(params)) - {""}


def needs(params: Mapping[str, Any]) -> frozenset[str]:
    """What a condition looks at has to be known, else it decides nothing."""
    done = (step.kind.asks for step in params["then"])
    return frozenset({*done, *sources.of(wants(params)), *(TOLD_BY_SOME & _looked_at(params))})


def complaints(params: Mapping[str, Any]) -> dict[str, list[str]]:
    """What this change can never tell could only be found out at the first one: it is said before."""
    if not params["when"]:
        return {}
    when = Transition(params["when"])
    asked = {"if": [knowable.complaint((leaf.field.name for leaf in params["if"].leaves()), when)]}
    asked["then"] = [
        f"Action {number} ({step.kind.slug}): {problem}"
        for number, step in enumerate(params["then"], 1)
        if (problem := knowable.complaint(step.fields(), when))
    ]
    return {name: told for name, found in asked.items() if (told := [each for each in found if each])}


def sentence(params: Mapping[str, Any]) -> str:
    if not params["when"]:
        return "This rule does nothing yet."
    when = Transition(params["when"])
    about = when.partition(".")[0]
    condition = params["if"].sentence(about)
    asked = f"{TRANSITIONS[when]} and {condition}" if condition else TRANSITIONS[when]
    done = listed([step.sentence(about) for step in params["then"]]) or "do nothing yet"
    return f"When {asked}, {done}."


def sets_up(params: Mapping[str, Any]) -> Sequence[SetUp]:
    """A mailing for each event that it sends; most are of interest to a flow."""
    sent = [step.arguments for step in params["then"] if step.kind is SendEvent]
    return [mailings.plain(each["metric"], [*each["properties"]], dict(each["properties"])) for each in sent]


def decide(facts: Facts, params: Mapping[str, Any]) -> Iterator[Answer]:
    outcome = params["if"].ask(facts)
    seen = {"conditions": _told(outcome)}
    if outcome.passed is None:
        yield No(reason="condition_unreadable", seen=seen, is_unreadable=True)
    elif not outcome.passed:
        yield No(reason="conditions_not_met", seen=seen)
    elif not params["then"]:
        yield No(reason="no_action", seen=seen)
    else:
        for index, step in enumerate(params["then"]):
            yield _answer(facts, step, f"{index}:{step.kind.slug}", seen, _is_paced(step, params))


def _looked_at(params: Mapping[str, Any]) -> set[str]:
    """The fields that its conditions, exits and texts name."""
    looked_at = {leaf.field.name for leaf in params["if"].leaves()}
    return looked_at | {name for step in params["then"] for name in step.fields()}


def _is_paced(step: steps.Step, params: Mapping[str, Any]) -> bool:
    """What the customer hears waits for its hour and its turn, and is asked about again then."""
    return step.kind.is_heard and pacing.applies(params)


def _answer(facts: Facts, step: steps.Step, key: str, seen: Mapping[str, Any], is_paced: bool) -> Answer:
    exit_ = step.exit(facts)
    if exit_ is not None:
        seen = {**seen, "unless": _told(exit_)}
        if exit_.passed:
            return No(reason="exit_met", seen={"key": key, **seen})
        if exit_.passed is None and facts.is_due:  # before that it is planned, and asked again when due
            return No(reason="exit_unreadable", seen={"key": key, **seen}, is_unreadable=True)
    action = step.action(facts)
    if isinstance(action, No):
        return msgspec.structs.replace(action, seen={"key": key, **action.seen, **seen})
    message = Message(
        action=action,
        key=key,
        after=step.wait,
        subject=facts.subject,
        recheck=bool(step.wait or step.unless or is_paced),
    )
    return Decision(effect=message, because="conditions_met", seen=seen)


def _told(outcome: conditions.Outcome) -> list[Any]:
    return [msgspec.to_builtins(each) for each in outcome.conditions]
