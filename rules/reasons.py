"""Why a rule said yes or no, in words. The codes are stable; a code without words speaks for itself."""

from __future__ import annotations

WORDS = {
    "before_live": "it happened before the rule went live",
    "channel_not_listed": "its channel is not one of the rule's",
    "condition_unreadable": "a condition could not be read",
    "conditions_met": "its conditions hold",
    "conditions_not_met": "its conditions do not hold",
    "customer_changed": "the ticket belongs to somebody else now",
    "from_import": "it is history that was read in",
    "grace_over": "the grace is over",
    "intent_not_listed": "its intent is not one of the rule's",
    "no_action": "the rule has no action yet",
    "no_email": "no e-mail address is known",
    "no_longer_wanted": "it is no longer wanted",
    "no_record": "the storefront has no record of this customer",
    "no_ticket": "there is no ticket",
    "not_live": "the rule is not live",
    "not_recovered": "the stock has not recovered yet",
    "not_tagged": "the customer has no such tag",
    "older_news": "something newer is known already",
    "paused": "the rule is paused",
    "placeholder_unreadable": "a value in its text could not be read",
    "product_not_sold": "the product is not on sale",
    "product_unknown": "the product is not known",
    "recipe_failed": "the rule itself failed",
    "rule_gone": "the rule is gone",
    "rule_retired": "the rule was taken out of service",
    "stock_changed_again": "the stock is lower or higher than the draft says",
    "stock_low": "the stock is below the threshold",
    "stock_not_counted": "the stock of this product is not counted",
    "stock_recovered": "the stock has recovered",
    "stock_sufficient": "the stock is not below the threshold",
    "stopped": "the rule is stopped for now",
    "superseded": "something newer was decided for the same thing",
    "tag_not_listed": "it has none of the rule's tags",
    "tagged_already": "the customer has this tag already",
    "ticket_closed": "the ticket was closed",
    "ticket_gone": "the ticket was trashed, deleted or merged",
    "ticket_outbound": "the customer has not written",
    "ticket_spam": "the ticket is spam",
    "ticket_unknown": "the ticket is not known",
    "ticket_waiting": "a ticket waits for an answer",
    "told_already": "it was told when the stock fell",
    "too_late": "it would come more than a day late",
    "too_old": "the ticket has waited longer than the rule's maximum age",
}


def told(code: str) -> str:
    return WORDS.get(code) or code.replace("_", " ")
