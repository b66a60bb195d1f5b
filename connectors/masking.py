"""Takes personal data and secrets out of text that a vendor wrote, before staff see it."""

from __future__ import annotations

import re

_PARTS = (
    (re.compile(r"https?://\S+"), "[address]"),
    (re.compile(r"[^\s\"'<>(){}\[\],;]+@[^\s\"'<>(){}\[\],;]+"), "[e-mail]"),
    (re.compile(r"(?i)\b(bearer|basic|klaviyo-api-key)\s+\S+"), "[secret]"),
    (re.compile(r"(?i)\b(pk|sk|ck|cs|shp[a-z]*|xox[a-z])[_-]\w+"), "[secret]"),
    (re.compile(r"(?=[A-Za-z_+/=-]*\d)[\w+/=-]{20,}"), "[secret]"),
    (re.compile(r"\+?\d[\d\s().-]{6,}\d"), "[number]"),
)


def masked(text: str, limit: int = 200) -> str:
    """One line without e-mails, telephone numbers, addresses or anything that looks like a key."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text[:2000]).split())
    for pattern, instead in _PARTS:
        line = pattern.sub(instead, line)
    return line if len(line) <= limit else line[: limit - 1] + "…"
