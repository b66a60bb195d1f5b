"""What can happen in a marketing account without us: people and staff, profile by profile."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import people, seeds, state
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.refusal import Refusal
from connectors.sandbox.vendor import Verbs
from connectors.sandbox.wire import Json

verbs: Verbs[KlaviyoAccount] = Verbs()


@verbs.add
def profile_create(account: KlaviyoAccount, body: Json) -> Json:
    """A new profile: email or other identifiers, names, properties, suppression."""
    given = seeds.flat(body)
    if people.found(account, people.checked(given)) is not None:
        raise Refusal("There is already a profile with one of these identifiers.", 409)
    return state.profile(account, seeds.profile(account, given))


@verbs.add
def profile_suppress(account: KlaviyoAccount, body: Json) -> Json:
    """Suppress email as staff would; reason USER_SUPPRESSED unless said otherwise.

    It is not documented whether doing so again renews the stamp: it does, unless renews is false.
    """
    row = seeds.person(account, needed(body, "email"))
    reason = body.get("reason") or "USER_SUPPRESSED"
    if not people.suppress(account, row, reason, account.stamp()) and body.get("renews", True):
        people.suppress_again(row, reason, account.stamp())
    return state.profile(account, row)


@verbs.add
def profile_unsuppress(account: KlaviyoAccount, body: Json) -> Json:
    """Lift a suppression of email; reason USER_SUPPRESSED unless said otherwise."""
    row = profile(account, body)
    people.unsuppress(account, row, frozenset({body.get("reason") or "USER_SUPPRESSED"}), account.stamp())
    return state.profile(account, row)


@verbs.add
def profile_subscribe(account: KlaviyoAccount, body: Json) -> Json:
    """Email subscribes on channel email (or sms), to a list when one is named."""
    row = seeds.person(account, needed(body, "email"))
    people.subscribe(account, row, body.get("channel") or "email", account.stamp())
    if body.get("list"):
        people.join(account, row["id"], group(account, body), account.stamp())
    return state.profile(account, row)


@verbs.add
def profile_unsubscribe(account: KlaviyoAccount, body: Json) -> Json:
    """Email unsubscribes on channel email (or sms), from one list or from everything."""
    row = profile(account, body)
    list_id = group(account, body) if body.get("list") else None
    people.unsubscribe(account, row, body.get("channel") or "email", list_id, account.stamp())
    return state.profile(account, row)


@verbs.add
def profile_delete(account: KlaviyoAccount, body: Json) -> Json:
    """Delete the profile of email."""
    row = profile(account, body)
    shown = state.profile(account, row)
    people.remove(account, row)
    return shown


@verbs.add
def profile_merge(account: KlaviyoAccount, body: Json) -> Json:
    """Merge the profile of email into the one of into; its id is gone."""
    source, target = profile(account, body), profile(account, body, "into")
    if source is target:
        raise Refusal("A profile cannot be merged into itself.")
    return state.profile(account, people.merge(account, source, target))


@verbs.add
def list_member_add(account: KlaviyoAccount, body: Json) -> Json:
    """Put email on a list, by the list's id or name."""
    number = group(account, body)
    people.join(account, seeds.person(account, needed(body, "email"))["id"], number, account.stamp())
    return state.list_row(account, account.lists[number])


@verbs.add
def list_member_remove(account: KlaviyoAccount, body: Json) -> Json:
    """Take email off a list, by the list's id or name."""
    number = group(account, body)
    people.leave(account, profile(account, body)["id"], number)
    return state.list_row(account, account.lists[number])


@verbs.add
def list_rename(account: KlaviyoAccount, body: Json) -> Json:
    """Give a list, by id or name, a new name."""
    row = account.lists[group(account, body)]
    row.update(name=needed(body, "name"), updated=account.stamp())
    return state.list_row(account, row)


@verbs.add
def list_delete(account: KlaviyoAccount, body: Json) -> Json:
    """Delete a list, by id or name."""
    number = group(account, body)
    shown = state.list_row(account, account.lists[number])
    del account.lists[number], account.members[number]
    return shown


def needed(body: Json, key: str) -> Any:
    if body.get(key) is None:
        raise Refusal(f"This verb needs {key!r}.")
    return body[key]


def profile(account: KlaviyoAccount, body: Json, key: str = "email") -> Json:
    row = people.by(account, "email", str(needed(body, key)))
    if row is None:
        raise Refusal(f"There is no profile {body[key]!r}.", 404)
    return row


def group(account: KlaviyoAccount, body: Json) -> str:
    wanted = str(needed(body, "list"))
    if wanted in account.lists:
        return wanted
    found = next((number for number, row in account.lists.items() if row["name"] == wanted), None)
    if found is None:
        raise Refusal(f"There is no list {wanted!r}.", 404)
    return found
