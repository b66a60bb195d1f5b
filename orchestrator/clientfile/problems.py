"""What is wrong with a client file: all of it at once, each with its line and one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """``line`` is None when the file as a whole is meant."""

    line: int | None
    sentence: str

    def told(self, name: str) -> str:
        """``NAME:LINE: sentence``, which editors and terminals can jump to."""
        return f"{name}: {self.sentence}" if self.line is None else f"{name}:{self.line}: {self.sentence}"


class ClientFileError(Exception):
    """The file was not applied, and nothing was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(dict.fromkeys(problems), key=lambda each: each.line or 0)
        super().__init__("; ".join(each.sentence for each in self.problems))


class Problems(list[Problem]):
    """Collects, so that staff can mend a file in one go."""

    def add(self, line: int | None, sentence: str) -> None:
        self.append(Problem(line, clipped(sentence, 600)))  # one that quotes the file stays one line

    def raise_if_any(self) -> None:
        if self:
            raise ClientFileError(self)


def unknown(what: str, word: str, known: Iterable[str], where: str = "") -> str:
    """There is no such thing, what may have been meant, and what there is."""
    names = list(known)
    listed = ", ".join(names) or "none"
    return f"There is no {what} “{clipped(word)}”{where}{meant(word, names)} Allowed: {listed}."


def meant(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a wrong word: with the closest right one, if any is close."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), names, n=1)
    return f"; did you mean “{names[close[0]]}”?" if close else "."


def clipped(text: str, longest: int = 60) -> str:
    """Somebody else's text as part of a line of ours: short, and without line breaks or control signs."""
    plain = "".join(letter if letter.isprintable() else "·" for letter in text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
