"""How a profile is shown, with consent and suppression when asked for."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.klaviyo import people
from connectors.sandbox.klaviyo.documents import resource
from connectors.sandbox.klaviyo.routes import Call
from connectors.sandbox.wire import Json

PREDICTED = (
    "historic_clv",
    "predicted_clv",
    "total_clv",
    "historic_number_of_orders",
    "predicted_number_of_orders",
    "average_days_between_orders",
    "average_order_value",
    "churn_probability",
    "expected_date_of_next_order",
    "ranked_channel_affinity",
)
_PLAIN_ATTRIBUTES = (
    *people.IDENTIFIERS,
    *people.PLAIN,
    "created",
    "updated",
    "last_event_date",
    "location",
    "properties",
)


def shown(call: Call, row: Json, **more: Any) -> Json:
    attributes = {name: row[name] for name in _PLAIN_ATTRIBUTES} | more
    if "subscriptions" in call.asked.extras:
        attributes["subscriptions"] = subscriptions(row)
    if "predictive_analytics" in call.asked.extras:
        attributes["predictive_analytics"] = predicted(row)
    return resource(
        call, "profile", row["id"], attributes, ("lists", "segments", "push-tokens", "conversations")
    )


def predicted(row: Json) -> Json:
    """Every figure is null until the account has orders enough to tell it."""
    return {**dict.fromkeys(PREDICTED), **(row.get("predictive_analytics") or {})}


def subscriptions(row: Json) -> Json:
    consent, consented_at = row["consent"]["email"]
    sms, sms_at = row["consent"]["sms"]
    return {
        "email": {
            "marketing": {
                "can_receive_email_marketing": people.may_receive_email(row),
                "consent": consent,
                "consent_timestamp": consented_at,
                "last_updated": consented_at,
                "method": "API" if consented_at else None,
                "method_detail": None,
                "custom_method_detail": None,
                "double_optin": False if consented_at else None,
                "suppression": row["suppression"],
                "list_suppressions": row["list_suppressions"],
            }
        },
        "sms": {
            "marketing": {
                "can_receive_sms_marketing": sms == "SUBSCRIBED",
                "consent": sms,
                "consent_timestamp": sms_at,
                "method": "API" if sms_at else None,
                "method_detail": None,
                "last_updated": sms_at,
            }
        },
        "mobile_push": None,
        "whatsapp": None,
    }
