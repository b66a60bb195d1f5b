"""Three errors, named by remedy: wait, stop this action, stop the connection.

The text of an error is a sentence for staff. It never holds a secret or personal data.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What the body of a vendor's refusal says. The text may hold anything until it is masked.

    ``remedy`` is our own sentence for a refusal that stops the whole connection, with its ``code``.
    """

    text: str = ""
    code: str = ""
    existing_id: str = ""
    remedy: str = ""


class VendorError(Exception):
    """A vendor did not do what we asked. ``code`` is stable, ``sentence`` is for people.

    ``said`` is the vendor's own code for it, where it gives one.
    """

    said = ""

    def __init__(self, sentence: str, *, code: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.status = status


class TryLater(VendorError):
    """Waiting helps. ``after`` is in seconds; ``in_doubt`` says that the call may have landed."""

    def __init__(
        self,
        sentence: str,
        *,
        code: str,
        status: int | None = None,
        after: float | None = None,
        in_doubt: bool = False,
    ) -> None:
        super().__init__(sentence, code=code, status=status)
        self.after = after
        self.in_doubt = in_doubt


class Refused(VendorError):
    """This call will never work as it is; others may."""


class NotFound(Refused):
    """The object is not there (any more)."""


class Conflict(Refused):
    """It exists already. ``existing_id`` where the vendor names it."""

    def __init__(self, sentence: str, *, code: str, status: int | None = None, existing_id: str = "") -> None:
        super().__init__(sentence, code=code, status=status)
        self.existing_id = existing_id


class NeedsAttention(VendorError):
    """Nothing on this connection will work until a person acts: bad key, missing scope."""
