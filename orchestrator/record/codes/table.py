"""Every code: its kind, its usual outcome, its sentence and what it means."""

from __future__ import annotations

import msgspec


class Code(msgspec.Struct, frozen=True):
    """``kind`` and ``outcome`` are what an entry gets unless it says otherwise."""

    kind: str
    outcome: str
    sentence: str  # with {names} from the entry's details
    meaning: str  # for docs/run-log.md


CODES: dict[str, Code] = {
    # --- events -------------------------------------------------------------------------------
    "event_heard": Code("event", "ok", "{what} ({origin})", "A change was heard and read into the mirror."),
    "event_echo": Code(
        "event", "skipped", "{what}: our own doing came back ({origin})", "Our own action; no rule is asked."
    ),
    "event_unchanged": Code(
        "event", "skipped", "{what}, with nothing new in it ({origin})", "The same state was told again."
    ),
    "event_stale": Code(
        "event",
        "skipped",
        "{what}, older than what we know ({origin})",
        "A change arrived after a newer one of the same object and changed nothing.",
    ),
    "event_conflict": Code(
        "event",
        "waiting",
        "{what}, differently with the same time stamp, so it is read again",
        "Equal time stamp, other content: the vendor is asked and its answer counts.",
    ),
    "cart_abandoned": Code(
        "event", "ok", "{what} was abandoned", "An hour without a change, and nothing was bought."
    ),
    "event_set_aside": Code(
        "event",
        "failed",
        "{reference_told} could not be decided and was set aside: {error}",
        "An event failed several times; the others went on. Under “Needs attention”.",
    ),
    "delivery_quarantined": Code(
        "event",
        "failed",
        "A delivery from {vendor_label} could not be read and was set aside: {error}",
        "A genuine webhook with an unreadable body. It is kept; read it again from the admin.",
    ),
    "privacy_request": Code(
        "connection",
        "ok",
        "{vendor_label} passed on a privacy request ({request}); {count} objects were erased here",
        "A customer wants their data, or to be forgotten. Under “Needs attention”, with the day it is due.",
    ),
    # --- decisions ----------------------------------------------------------------------------
    "decided_yes": Code("decision", "ok", "{effect}: {because}", "A rule said yes."),
    "decided_would": Code(
        "decision", "would", "Would have: {effect} ({because})", "A rule in shadow mode said yes."
    ),
    "went_on_in_shadow": Code(
        "decision",
        "would",
        "In shadow: {would}",
        "What came of such a yes, as it would be told live: `code` in the details names that line.",
    ),
    "decided_no": Code(
        "decision",
        "skipped",
        "{count} said no: {told}",
        "Every rule that heard the event and declined, each with its reason and the values seen.",
    ),
    "condition_unreadable": Code(
        "decision",
        "failed",
        "“{rule_told}” could not decide: {told}",
        "A condition could not be read; it does not count as false. Under “Needs attention”.",
    ),
    "pass_finished": Code(
        "decision",
        "ok",
        "“{rule_told}” looked once at {count} things that are open now, after its mode became {mode}",
        "Going live passes once over what is known: for holds, tags and properties, never for messages.",
    ),
    # --- suppressions ---------------------------------------------------------------------------
    "hold_opened": Code(
        "suppression", "held", "Marketing held for {reference_told}", "A cause for silence was opened."
    ),
    "hold_release_planned": Code(
        "suppression",
        "waiting",
        "The hold for {reference_told} ends at {at}",
        "The cause is over; the grace before release runs.",
    ),
    "hold_reopened": Code(
        "suppression",
        "held",
        "The hold for {reference_told} stays: its end was taken back",
        "The ticket was reopened during the grace.",
    ),
    "hold_released": Code(
        "suppression", "ok", "The hold for {reference_told} ended ({why_told})", "A cause was closed."
    ),
    "hold_expired": Code(
        "suppression",
        "ok",
        "The hold for {reference_told} reached its maximum age and ended; somebody should look at it",
        "The ticket or return went on for longer than the rule allows. Under “Needs attention”.",
    ),
    "hold_applied": Code(
        "suppression", "ok", "On {place} at {vendor_label}", "The vendor confirmed the hold."
    ),
    "hold_removed": Code(
        "suppression", "ok", "Off {place} at {vendor_label}", "The vendor confirmed the release."
    ),
    "hold_prior_kept": Code(
        "suppression",
        "skipped",
        "Was on {place} at {vendor_label} before us: left there",
        "What was held before us is never lifted by us.",
    ),
    "hold_accepted": Code(
        "suppression",
        "waiting",
        "The change of {place} was taken by {vendor_label}, not confirmed yet",
        "An asynchronous job runs; when it is through, the person is read again.",
    ),
    "hold_kept": Code(
        "suppression",
        "skipped",
        "Left on {place} at {vendor_label}: {because}",
        "The hold is over, and it cannot be told whether what silences the person is ours. "
        "Under “Needs attention”.",
    ),
    "hold_not_possible": Code(
        "suppression",
        "skipped",
        "Cannot be held at {vendor_label}: {because}",
        "For example no profile of that e-mail. Looked at again while the cause is open.",
    ),
    "hold_retry": Code(
        "suppression",
        "retrying",
        "The change of {place} waits: {because}",
        "A call failed; it is tried again.",
    ),
    "hold_in_doubt": Code(
        "suppression",
        "waiting",
        "It is not known whether the change of {place} arrived: {because}. The vendor is asked first",
        "A call timed out or broke off. After a pause the vendor is read, then the wish is written again.",
    ),
    "hold_restored": Code(
        "suppression",
        "retrying",
        "Somebody took this person off {place} at {vendor_label}; put back once",
        "The drift sweep found one of our holds missing.",
    ),
    "hold_lost": Code(
        "suppression",
        "failed",
        "Taken off {place} at {vendor_label} by somebody; we do not fight. Somebody should look at it",
        "The hold is lost at the vendor while its cause is open. Under “Needs attention”.",
    ),
    "hold_found": Code(
        "suppression",
        "ok",
        "On {place} at {vendor_label} again, by somebody else: it is theirs to lift",
        "Whom we had lost was put back by a person, so nobody has to look any more.",
    ),
    # --- actions --------------------------------------------------------------------------------
    "action_planned": Code("action", "waiting", "{what}, due {at}", "An effect was stored and waits."),
    "action_done": Code("action", "ok", "{what}", "The vendor did it."),
    "action_accepted": Code(
        "action", "waiting", "{what}: taken by {vendor_label}, not confirmed yet", "An asynchronous job runs."
    ),
    "action_retry": Code("action", "retrying", "{what}: {because}", "A call failed; it is tried again."),
    "action_in_doubt": Code(
        "action",
        "waiting",
        "{what}: it is not known whether it arrived ({because})",
        "A call timed out or broke off. After a pause it is looked up, then sent again if need be.",
    ),
    "action_found": Code(
        "action", "ok", "{what}: had arrived after all", "A call in doubt was found done at the vendor."
    ),
    "action_failed": Code("action", "failed", "{what}: {because}", "The vendor refuses it; not tried again."),
    "action_unknown": Code(
        "action",
        "failed",
        "{what}: may have arrived, cannot be looked up and is not sent twice",
        "At most once: what cannot be looked up is never repeated.",
    ),
    "action_skipped": Code(
        "action", "skipped", "{what}: not sent ({because})", "No longer wanted when it was due."
    ),
    "action_no_connection": Code(
        "action",
        "failed",
        "{what}: this client has no {role} connection",
        "The rule needs a tool that is not connected. Under “Needs attention”.",
    ),
    # --- reorder drafts ---------------------------------------------------------------------------
    "reorder_drafted": Code(
        "action",
        "ok",
        "Reorder of {title} drafted: {stock} left, threshold {threshold}",
        "Stock fell below the line of a rule. The draft is under Reorders.",
    ),
    "reorder_changed": Code(
        "action",
        "ok",
        "The reorder of {title} is now {state}: {stock} left",
        "Still low, and worse or better.",
    ),
    "reorder_recovered": Code(
        "action",
        "ok",
        "The stock of {title} recovered: the reorder draft is closed",
        "The next fall below the line is told again.",
    ),
    "reorder_ended": Code(
        "action",
        "ok",
        "{title} is gone from the storefront: its reorder draft is closed",
        "There is nothing left to order.",
    ),
    # --- connections ----------------------------------------------------------------------------
    "connection_healthy": Code("connection", "ok", "{vendor_label} works: {finding}", "Health became good."),
    "connection_waiting": Code(
        "connection", "retrying", "{vendor_label} has to wait: {finding}", "Throttled or not answering."
    ),
    "vendor_down": Code(
        "connection",
        "waiting",
        "{vendor_label} does not answer, so nobody calls it; one call at a time looks whether it is back",
        "Several calls in a row failed. What waits counts as no attempt. Once per outage.",
    ),
    "vendor_up": Code("connection", "ok", "{vendor_label} answers again", "The end of vendor_down."),
    "connection_failing": Code(
        "connection",
        "failed",
        "{vendor_label} needs a person: {finding}",
        "Nothing works there until somebody acts. Under “Needs attention”.",
    ),
    "webhooks_checked": Code(
        "connection",
        "ok",
        "Webhooks at {vendor_label}: {created} created, {revived} revived, {active} active",
        "Registrations were made or brought back.",
    ),
    "hold_list_ready": Code(
        "connection", "ok", "Hold list “{name}” {how} at {vendor_label}", "The list was made or found."
    ),
    "hold_list_missing": Code(
        "connection",
        "failed",
        "The hold list at {vendor_label} is gone; holds wait until it is set up again",
        "Somebody deleted the list. Under “Needs attention”.",
    ),
    "drift_checked": Code(
        "connection",
        "ok",
        "Hold list compared: {ours} ours, {missing} missing, {foreign} added by somebody else",
        "The hourly comparison of the ledger with the vendor found a difference.",
    ),
    "import_started": Code(
        "connection", "ok", "Began to read {what} from {vendor_label}", "The reading of a history began."
    ),
    "import_done": Code(
        "connection",
        "ok",
        "Read {what} from {vendor_label}: {read}",
        "A history was read to its end.",
    ),
    "import_again": Code(
        "connection",
        "retrying",
        "Reading {what} from {vendor_label} stopped and is tried again: {because}",
        "The vendor gave up on a history, or it could not be read.",
    ),
    "import_failed": Code(
        "connection",
        "failed",
        "{what} could not be read from {vendor_label}: {because}",
        "A history failed several times. Under “Needs attention”.",
    ),
}
