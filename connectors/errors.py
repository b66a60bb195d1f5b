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
    """Waiting helps. ``after`` is in seconds; ``in_doubt`` says that the call may have landed.

    ``is_down``: the vendor failed so often that nobody calls it for a while.
    """

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
        self.is_down = False

    def hold(self, seconds: float) -> None:
        """Nobody calls this vendor for so long."""
        self.is_down = True
        self.after = max(self.after or 0.0, seconds)


class NotYet(TryLater):
    """Kept back by ourselves: nothing was sent, nothing failed, and ``after`` says when there is room."""


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
