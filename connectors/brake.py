"""Whether anything may be changed at a vendor now: asked before each call that would.

Who decides that lives above this layer and registers its question once, when the program starts. It stands
here, at the one way out, so that no call can be forgotten: effects, holds, webhooks, the agency's alerts.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.models import Connection

Question = Callable[[Connection], None]
_questions: list[Question] = []


def ask_before_changes(question: Question) -> None:
    """``question`` raises NotYet while nothing may be changed through a connection."""
    if question not in _questions:
        _questions.append(question)


def ask(connection: Connection) -> None:
    """Raises NotYet, before anything is sent."""
    for question in _questions:
        question(connection)
