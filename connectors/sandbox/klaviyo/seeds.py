"""Fills an account from vendor-shaped objects that may leave out almost everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from connectors.sandbox.klaviyo import (
    audience,
    campaign_rows,
    catalog,
    event_rows,
    flow_rows,
    groups,
    metrics,
    people,
    segments,
    tag_rows,
    templates,
)
from connectors.sandbox.klaviyo.account import KlaviyoAccount, written
from connectors.sandbox.klaviyo.filters import stamp
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.wire import Json

AN_HOUR = timedelta(hours=1)
CONSENTS = ("email", "sms")


def flat(given: Json) -> Json:
    """An object with its attributes beside its id, whether it came flat or as JSON:API."""
    inner = given.get("attributes")
    if not isinstance(inner, dict):
        return dict(given)
    return {**{name: given[name] for name in given if name not in ("type", "attributes")}, **inner}


def person(account: KlaviyoAccount, email: str) -> Json:
    """The profile with that e-mail, made when there is none."""
    given = people.checked({"email": email})
    return people.by(account, "email", given["email"]) or people.create(account, given)


def profile(account: KlaviyoAccount, given: Json) -> Json:
    """A profile by its attributes; ``subscriptions`` and ``suppression`` as the vendor shows them."""
    row = people.upsert(account, people.checked(_timed(given, "created", "updated")), _known(account, given))
    subscriptions = given.get("subscriptions") or {}
    for channel in CONSENTS:
        marketing = (subscriptions.get(channel) or {}).get("marketing") or {}
        if marketing.get("consent"):
            row["consent"][channel] = (marketing["consent"], marketing.get("consent_timestamp"))
    entries = ((subscriptions.get("email") or {}).get("marketing") or {}).get("suppression") or []
    for entry in [*entries, *(given.get("suppression") or [])]:
        at = stamp(entry["timestamp"]) if entry.get("timestamp") else account.stamp()
        people.suppress(account, row, entry.get("reason", "USER_SUPPRESSED"), at)
    return row


def add_list(account: KlaviyoAccount, given: Json) -> Json:
    """A list by its name, with members by e-mail."""
    row = groups.add_list(account, _name(given), given.get("id"), opt_in_process=given.get("opt_in_process"))
    for email in given.get("members") or []:
        people.join(account, person(account, email)["id"], row["id"], account.stamp())
    return _tagged(account, "lists", row, given)


def segment(account: KlaviyoAccount, given: Json) -> Json:
    """A segment by its definition, or with fixed members by e-mail."""
    if given.get("definition") is not None:
        audience.check(given["definition"], "/definition")
    members = given.get("members")
    numbers = None if members is None else {person(account, email)["id"] for email in members}
    row = segments.add(account, {**given, "name": _name(given), "members": numbers})
    return _tagged(account, "segments", row, given)


def flow(account: KlaviyoAccount, given: Json) -> Json:
    """A flow by its definition; without actions it gets one e-mail."""
    for filters in _filters(given.get("definition") or {}):
        audience.check(filters, "/definition")
    row = flow_rows.add(account, {**given, "name": _name(given)})
    return _tagged(account, "flows", row, given)


def campaign(account: KlaviyoAccount, given: Json) -> Json:
    """A campaign with one message; status Scheduled schedules it, Sent only says so."""
    audiences = {
        side: [_group(account, one) for one in (given.get("audiences") or {}).get(side) or []]
        for side in ("included", "excluded")
    }
    channel = given.get("channel") or "email"
    row = campaign_rows.add(account, {**given, "audiences": audiences, "name": _name(given)}, channel)
    copied = {"name": row["name"], "html": given.get("html"), "text": given.get("text")}
    content = (
        {"body": given.get("body") or ""} if channel == "sms" else {"subject": given.get("subject") or ""}
    )
    definition = {"channel": channel, "label": None, "content": content}
    campaign_rows.add_message(account, row, definition, copied if channel == "email" else None)
    _bring_to(account, row, given.get("status") or "Draft")
    return _tagged(account, "campaigns", row, given)


def template(account: KlaviyoAccount, given: Json) -> Json:
    return templates.add(account, _timed(given, "created", "updated"), account.templates)


def metric(account: KlaviyoAccount, given: Json) -> Json:
    """A metric by name and integration; ``mapped`` says what the account uses it for."""
    integration: Any = given.get("integration") or event_rows.OWN
    name = integration.get("name", event_rows.OWN) if isinstance(integration, dict) else integration
    row = event_rows.metric(account, _name(given), name, given.get("id"))
    if given.get("mapped"):
        if given["mapped"] not in metrics.MAPPED:
            raise Refusal(f"A metric is mapped as one of {', '.join(metrics.MAPPED)}.")
        account.mapped_metrics[given["mapped"]] = {"metric": row["id"], "updated": account.stamp()}
    return row


def tag(account: KlaviyoAccount, given: Json) -> Json:
    return tag_rows.named(account, _name(given)) or tag_rows.add(account, given["name"], given.get("id"))


def event(account: KlaviyoAccount, given: Json) -> Json:
    """An event that can be read at once: metric by name, profile by e-mail."""
    wanted: Any = given.get("metric")
    if not wanted or not given.get("email"):
        raise Refusal("An event needs a metric (its name) and an email.")
    found = metric(account, wanted if isinstance(wanted, dict) else {"name": wanted})
    who = person(account, given["email"])
    unique = event_rows.key(account, who, found["id"], given)
    if unique in account.event_keys:
        raise Refusal("There is already such an event.", 409)
    account.event_keys.add(unique)
    row = event_rows.build(account, who, found["id"], given)
    event_rows.land(account, row)
    return row


def _bring_to(account: KlaviyoAccount, row: Json, status: str) -> None:
    if status == "Scheduled":
        if row["send_strategy"]["method"] == "immediate":
            at = account.now() + 24 * AN_HOUR
            row["send_strategy"] = {"method": "static", "datetime": written(at)}
        campaign_rows.launch(account, row)
    else:
        row["status"] = status


def _group(account: KlaviyoAccount, wanted: str) -> str:
    """The id of a list or segment by id or name."""
    rows = [*account.lists.values(), *account.segments.values()]
    found = next((row["id"] for row in rows if wanted in (row["id"], row["name"])), None)
    if found is None:
        raise Refusal(f"There is no list or segment {wanted!r}; seed it first.")
    return str(found)


def _tagged(account: KlaviyoAccount, kind: str, row: Json, given: Json) -> Json:
    for name in given.get("tags") or []:
        tag_rows.put_on(account, tag(account, {"name": name})["id"], kind, row["id"])
    return row


def _filters(definition: Json) -> list[Json]:
    messages = [one for action in definition.get("actions") or [] for one in flow_rows.messages_of(action)]
    filters = [definition.get("profile_filter"), *(message.get("additional_filters") for message in messages)]
    return [one for one in filters if one is not None]


def _known(account: KlaviyoAccount, given: Json) -> str | None:
    return given["id"] if given.get("id") in account.profiles else None


def _timed(given: Json, *names: str) -> Json:
    return {**given, **{name: stamp(given[name]) for name in names if given.get(name)}}


def _name(given: Json) -> str:
    if not given.get("name"):
        raise Refusal("This seed needs a name.")
    return str(given["name"])


PLANT: dict[str, Callable[[KlaviyoAccount, Json], Json]] = {
    "profiles": profile,
    "lists": add_list,
    "segments": segment,
    "flows": flow,
    "campaigns": campaign,
    "templates": template,
    "metrics": metric,
    "tags": tag,
    "events": event,
    "catalog_items": catalog.add,
}


def plant(account: KlaviyoAccount, kind: str, given: Json) -> str:
    """Add one object; its id."""
    try:
        return str(PLANT[kind](account, flat(given))["id"])
    except ValueError as error:
        raise Refusal(f"A seed of {kind!r} holds {error}.") from None
