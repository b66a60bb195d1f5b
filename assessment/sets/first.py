"""The first set of questions: what is asked, how it is weighed, and how a score becomes a level."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from assessment.catalog import Band, QuestionSet, Reason, Step, Weights
from assessment.sets.first_levels import CLAIMS, GLOSSARY, LEVELS
from assessment.sets.first_questions import GROUPS, QUESTIONS

WEIGHTS = Weights(
    version="1",
    by_question={
        "cart_steps": 100,
        "after_purchase": 95,
        "low_stock": 90,
        "ticket_hold": 80,
        "return_hold": 75,
        "stock_hold": 70,
        "vip_queue": 60,
        "first_purchase": 50,
        "cross_tool": 40,
        "revenue_report": 30,
    },
    reasons=(
        Reason(least=90, text=_("It is one of the three areas that return most on the way to level 3.")),
        Reason(least=70, text=_("It protects customers from mail that annoys them.")),
        Reason(least=0, text=_("It builds on the areas above it, so it comes after them.")),
    ),
)
BANDS = (
    Band(first=0, last=3, levels=(1, 2), advice=_("Connect what you have before you add tools.")),
    Band(
        first=4,
        last=6,
        levels=(2, 3),
        advice=_("The tools are there. The layer between them is missing or thin."),
    ),
    Band(first=7, last=8, levels=(3, 3), advice=_("Next: segments by behaviour, and A/B tests.")),
    Band(first=9, last=10, levels=(4, 5), advice=_("Next: predictions, and models of your own data.")),
)
STEPS = (
    Step(last=0, level=1, with_key=1),
    Step(last=3, level=2, with_key=2),
    Step(last=6, level=2, with_key=3),
    Step(last=8, level=3, with_key=3),
    Step(last=10, level=4, with_key=4),
)

SET = QuestionSet(
    version="1",
    groups=GROUPS,
    questions=QUESTIONS,
    weights=WEIGHTS,
    levels=LEVELS,
    bands=BANDS,
    steps=STEPS,
    key_question="cross_tool",
    claims=CLAIMS,
    glossary=GLOSSARY,
)
