"""Who writes by machine. Robots are never answered: two of them would go on for ever."""

from __future__ import annotations

import re
from collections.abc import Iterable

SENDER = re.compile(
    r"(.*[-_.+])?(no|do[-_.]?not|don'?t)[-_.]?reply([-_.+].*)?"
    r"|mailer-daemon|postmaster|bounces?([-_.+].*)?|auto[-_.]?(reply|responder|mailer|confirm)",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    r"\W*(auto(matic)?[- ]?(reply|response|replied)|out of (the )?office|undeliver(able|ed)"
    r"|delivery status notification|mail delivery|returned mail|failure notice"
    r"|automatische antwort|abwesenheitsnotiz|réponse automatique|respuesta automática)\b",
    re.IGNORECASE,
)
INTENTS = frozenset({"other/no_reply"})


def writes(addresses: Iterable[str], subject: str, intents: Iterable[str] = ()) -> bool:
    """Whether nobody would read an answer to this."""
    senders = (each.partition("@")[0] for each in addresses)
    return (
        any(SENDER.fullmatch(each) for each in senders)
        or SUBJECT.match(subject) is not None
        or not INTENTS.isdisjoint(intents)
    )
