"""The five levels of the first set, the figures others claim, and the words that need explaining."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from assessment.catalog import Claim, Level

LEVELS = (
    Level(
        number=1,
        name=_("Reactive"),
        how=_("Orders, tickets and mailings are handled by hand, and a mail goes to everybody."),
        typical=_("Under $250K a year, one or two people"),
        pain=_("Every problem needs a person."),
        missing=_("Any trigger at all. One abandoned-cart mail is enough for level 2."),
        practice=(
            (_("Abandoned cart"), _("nobody writes"), _("one mail goes out by itself")),
            (_("Mailings"), _("everybody gets the same"), _("flows in Klaviyo follow what people do")),
            (_("Tickets"), _("every answer is typed"), _("macros in Gorgias answer what is common")),
        ),
        tools="1–2",
        cost="$0–$50",
        saved="0",
    ),
    Level(
        number=2,
        name=_("Siloed"),
        how=_("Each tool automates itself, and none knows the others."),
        typical=_("$250K–$2M a year, two to five people"),
        pain=_("A customer with a return under way still gets upsell mail."),
        missing=_("Events that travel from one tool to another."),
        practice=(
            (_("Cart recovery"), _("one mail"), _("three steps with SMS, worded by cart value")),
            (
                _("After a purchase"),
                _("the same mail three days later"),
                _("a recommendation for the category within 24 hours"),
            ),
            (
                _("Return request"),
                _("an agent answers by hand"),
                _("acknowledged by itself, label made, marketing held"),
            ),
            (_("Low stock"), _("a weekly look"), _("shop event, Slack alert, reorder draft")),
            (_("VIP"), _("a tag set by hand"), _("segment and priority queue by themselves")),
        ),
        tools="3–5",
        cost="$100–$300",
        saved="5–10",
    ),
    Level(
        number=3,
        name=_("Connected"),
        how=_("Tools act on each other's events: a ticket stops marketing, stock feeds decisions."),
        typical=_("$1M–$5M a year, four to ten people"),
        pain=_("Advanced cases still take hands."),
        missing=_("History and live data inside the rules."),
        practice=(
            (_("Send time"), _("the same hour for all"), _("learned from what each person opens")),
            (_("Wording"), _("somebody chooses"), _("A/B tests choose")),
            (_("Reordering"), _("a fixed threshold"), _("a point that follows the speed of sales")),
            (_("Escalation"), _("by past spending"), _("by predicted lifetime value")),
        ),
        tools="4–6",
        cost="$300–$700",
        saved="20–40",
    ),
    Level(
        number=4,
        name=_("Predictive"),
        how=_("Rules use history: send times, tests, sales velocity, predicted lifetime value."),
        typical=_("$3M–$15M a year, eight to twenty people, one of them owns operations"),
        pain=_("Each optimisation stands alone."),
        missing=_("One loop in which the results of all tools improve all rules."),
        practice=(
            (_("Results"), _("each tool has its own report"), _("one loop feeds them back into the rules")),
            (_("Stock and churn"), _("reorder points and scores"), _("models that forecast both")),
            (_("People"), _("tune every rule"), _("handle exceptions")),
        ),
        tools="5–8",
        cost="$500–$1,500",
        saved="40–80",
    ),
    Level(
        number=5,
        name=_("Autonomous"),
        how=_("Models predict stock, churn and spending; people handle exceptions."),
        typical=_("$10M and more a year, an analytics team of its own"),
        pain=_("For most stores this is a direction, not a plan."),
        missing=_("Nothing that this model describes."),
        practice=(),
        tools="6–10+",
        cost="$1,000–$5,000+",
        saved="80+",
    ),
)

_GUIDE = _("Published guides of the e-commerce automation trade; not measured by us")
CLAIMS = (
    Claim(text=_("About 70 % of started checkouts are abandoned."), source=_("Baymard Institute, 2025")),
    Claim(text=_("A good sequence of several steps recovers 5–10 % of them."), source=_GUIDE),
    Claim(
        text=_("Stores at level 2 lose 15–20 hours a week to work that could be automated."), source=_GUIDE
    ),
    Claim(text=_("From level 2 to 3: connected in one or two weeks, stable within 30 days."), source=_GUIDE),
    Claim(
        text=_("Growth of 20–35 % a year with several automated channels, 8–12 % with one (medians)."),
        source=_("Shopify Plus report, 2024"),
    ),
)
GLOSSARY = (
    (_("Flow"), _("a series of messages that Klaviyo sends by itself when something happens")),
    (_("Segment"), _("customers who have something in common, kept up to date by itself")),
    (_("Upsell"), _("an offer of more, or of something better, to somebody who has bought")),
    (_("Hold"), _("marketing to one customer pauses until the cause is gone")),
    (_("Recipe"), _("an automation of ours that is set up for your store and then watched")),
    (_("GMV"), _("gross merchandise value: everything a store sells in a year, before costs")),
    (_("Started checkouts"), _("carts that reached the checkout, bought or not")),
)
