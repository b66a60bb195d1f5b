"""Takes personal data and secrets out of text that a vendor wrote, before staff see it."""

from __future__ import annotations

import re
from urllib.parse import unquote

_KEY = re.compile(r"(?=[A-Za-z_+/=-]*\d)[\w+/=-]{20,}")
_PARTS = (
    (re.compile(r"https?://\S+"), "[address]"),
    (re.compile(r"[^\s\"'<>(){}\[\],;]+@[^\s\"'<>(){}\[\],;]+"), "[e-mail]"),
    (re.compile(r"(?i)\b(bearer|basic|klaviyo-api-key)\s+\S+"), "[secret]"),
    (re.compile(r"(?i)\b(pk|sk|ck|cs|shp[a-z]*|xox[a-z])[_-]\w+"), "[secret]"),
    (_KEY, "[secret]"),
    (re.compile(r"\+?\d[\d\s().-]{6,}\d"), "[number]"),
)


def masked(text: str, limit: int = 200) -> str:
    """One line without e-mails, telephone numbers, addresses or anything that looks like a key."""
    line = _one_line(text[:2000])
    for pattern, instead in _PARTS:
        line = pattern.sub(instead, line)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def masked_path(path: str) -> str:
    """A path part by part: ids stay readable, what may be a key or an address does not.

    Behind ``/services/`` stands a chat webhook, which is a secret as a whole.
    """
    path, webhook, _ = path.partition("/services/")
    parts = (unquote(part) for part in path.split("/"))
    shown = "/".join("[secret]" if "@" in part or _KEY.search(part) else _one_line(part) for part in parts)
    return (f"{shown}{webhook}[secret]" if webhook else shown)[:120]


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
