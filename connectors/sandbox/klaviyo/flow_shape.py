"""What a flow definition may look like.

https://developers.klaviyo.com/en/reference/create_flow
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import audience, markup
from connectors.sandbox.klaviyo.account import KlaviyoAccount
from connectors.sandbox.klaviyo.errors import invalid
from connectors.sandbox.klaviyo.shape import anything
from connectors.sandbox.wire import Json

ACTION_TYPES = {
    "send-email",
    "send-sms",
    "send-mobile-push",
    "send-whatsapp",
    "send-webhook",
    "send-internal-alert",
    "time-delay",
    "conditional-split",
    "trigger-split",
    "ab-test",
    "content-experiment",
    "multi-branch-split",
    "update-profile",
    "list-update",
    "back-in-stock-delay",
    "target-date",
    "countdown-delay",
    "action-output-split",
    "internal-service",
    "code",
}
ACTION: Json = {
    "id??": str,
    "temporary_id??": str,
    "type": ACTION_TYPES,
    "links??": {"next??": str, "next_if_true??": str, "next_if_false??": str, "branches??": anything},
    "data??": dict,
}
REENTRY: Json = {"duration": int, "unit": {"alltime", "day", "hour", "week"}}
DEFINITION: Json = {
    "triggers": [dict],
    "profile_filter??": dict,
    "actions": [ACTION],
    "entry_action_id": str,
    "reentry_criteria??": REENTRY,
}
CREATE: Json = {"type": {"flow"}, "attributes": {"name": str, "definition": DEFINITION}}
COMMON = frozenset({"name", "id", "additional_filters", "smart_sending_enabled", "transactional"})
TRACKED = COMMON | {"add_tracking_params", "custom_tracking_params"}
MESSAGE = {
    "send-email": TRACKED
    | {"from_email", "from_label", "reply_to_email", "cc_email", "bcc_email"}
    | {"subject_line", "preview_text", "template_id"},
    "send-sms": TRACKED
    | {"body", "image_id", "dynamic_image", "shorten_links", "include_contact_card"}
    | {"add_org_prefix", "add_info_link", "add_opt_out_language", "sms_quiet_hours_enabled"},
}


def check_definition(account: KlaviyoAccount, definition: Json, pointer: str) -> None:
    """Raises the vendor's 400 for what the plain shape cannot say."""
    if len(definition["triggers"]) != 1:
        raise invalid("A flow has exactly one trigger.", f"{pointer}/triggers")
    _check_trigger(account, definition["triggers"][0], f"{pointer}/triggers/0")
    if definition.get("profile_filter") is not None:
        audience.check(definition["profile_filter"], f"{pointer}/profile_filter")
    actions = definition["actions"]
    if not actions:
        raise invalid("A flow needs an action.", f"{pointer}/actions")
    names = [action.get("temporary_id") for action in actions]
    if not all(names) or len(set(names)) < len(names):
        raise invalid("Each new action needs a temporary_id of its own.", f"{pointer}/actions")
    if definition["entry_action_id"] not in names:
        raise invalid("entry_action_id names no action.", f"{pointer}/entry_action_id")
    for place, action in enumerate(actions):
        _check_action(account, action, names, f"{pointer}/actions/{place}")


def _check_trigger(account: KlaviyoAccount, trigger: Json, pointer: str) -> None:
    known: dict[str, dict[str, Any]] = {
        "metric": account.metrics,
        "list": account.lists,
        "segment": account.segments,
    }
    kind = trigger.get("type")
    if kind in known:
        if trigger.get("id") not in known[kind]:
            raise invalid(f"There is no {kind} {trigger.get('id')!r}.", f"{pointer}/id")
    elif kind not in ("date", "price-drop", "low-inventory"):
        raise invalid(f"{kind!r} is not a trigger type.", f"{pointer}/type")


def _check_action(account: KlaviyoAccount, action: Json, names: list[Any], pointer: str) -> None:
    for name, target in (action.get("links") or {}).items():
        if isinstance(target, str) and target not in names:
            raise invalid(f"{target!r} names no action.", f"{pointer}/links/{name}")
    message = (action.get("data") or {}).get("message")
    if action["type"] not in MESSAGE:
        return
    place = f"{pointer}/data/message"
    if not isinstance(message, dict):
        raise invalid("A send action needs a message.", place)
    if unknown := sorted(message.keys() - MESSAGE[action["type"]]):
        raise invalid(f"'{unknown[0]}' is not a valid field here.", f"{place}/{unknown[0]}")
    if action["type"] == "send-sms" and not message.get("body"):
        raise invalid("'body' is a required field.", f"{place}/body")
    for name in ("subject_line", "preview_text", "body"):
        markup.check(message.get(name), f"{place}/{name}")
    template = message.get("template_id")
    if template is not None and template not in account.templates:
        raise invalid(f"There is no template {template!r}.", f"{place}/template_id")
    if message.get("additional_filters") is not None:
        audience.check(message["additional_filters"], f"{place}/additional_filters")
