"""Fills an account from vendor-shaped objects that may leave out almost everything."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.klaviyo import groups, people
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.filters import stamp
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.wire import Json

CHANNELS = ("email", "sms")


def profile(account: KlaviyoAccount, given: Json) -> Json:
    """A profile by its attributes; ``subscriptions`` and ``suppression`` as the vendor shows them."""
    row = people.upsert(account, people.checked(given))
    subscriptions = given.get("subscriptions") or {}
    for channel in CHANNELS:
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
    return row


def person(account: KlaviyoAccount, email: str) -> Json:
    """The profile with that e-mail, made when there is none."""
    given = people.checked({"email": email})
    return people.by(account, "email", given["email"]) or people.create(account, given)


def flat(given: Json) -> Json:
    """An object with its attributes beside its id, whether it came flat or as JSON:API."""
    inner = given.get("attributes")
    if not isinstance(inner, dict):
        return dict(given)
    return {**{name: given[name] for name in given if name not in ("type", "attributes")}, **inner}


def _name(given: Json) -> str:
    if not given.get("name"):
        raise Refusal("Each of these seeds needs a name.")
    return str(given["name"])


PLANT: dict[str, Callable[[KlaviyoAccount, Json], Json]] = {"profiles": profile, "lists": add_list}


def plant(account: KlaviyoAccount, kind: str, given: Json) -> str:
    """Add one object; its id."""
    if kind not in PLANT:
        raise LookupError(f"its kinds are {', '.join(sorted(PLANT))}")
    return str(PLANT[kind](account, flat(given))["id"])
