"""Lays out posts in Slack's blocks, escaped and within Slack's limits.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.roles import Post

Json = dict[str, Any]

TEXT = 3000  # characters of a section, and of the text that notifications show
SHORT = 1000  # of one alert among several
WHOLE = 12_000  # of a message without blocks
FIELD = 2000
FIELDS = 10  # of one section
HEADER = 150
BUTTON = 75
BUTTONS = 25  # of one block
ADDRESS = 3000
BLOCKS = 50
_BROKEN_ENTITY = re.compile(r"&[a-z]*\Z")


def message(*posts: Post) -> Json:
    """``text`` is what notifications and screen readers get."""
    said = [": ".join(each for each in (post.title, post.text) if each) for post in posts]
    built = _blocks(posts[0]) if len(posts) == 1 else _digest(posts)
    return {
        "text": escaped("\n".join(said), TEXT),
        "blocks": list(built)[:BLOCKS],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def whole(*posts: Post) -> str:
    """Everything in one text, for when blocks are refused."""
    return escaped("\n\n".join("\n".join(filter(None, _lines(post))) for post in posts), WHOLE)


def _lines(post: Post) -> Iterator[str]:
    yield from (post.title, post.text)
    yield from (f"{name}: {value}" for name, value in post.details)
    yield from (f"{label}: {address}" for label, address in post.links)
    yield post.footer


def escaped(text: str, limit: int) -> str:
    """``text`` without anything Slack would act on, such as <!channel>; cut with an ellipsis.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe if len(safe) <= limit else _BROKEN_ENTITY.sub("", safe[: limit - 1]) + "…"


def _blocks(post: Post) -> Iterator[Json]:
    if post.title.strip():
        yield {"type": "header", "text": _plain(post.title, HEADER)}
    if post.text.strip():
        yield {"type": "section", "text": _marked(escaped(post.text, TEXT))}
    for details in _chunks(post.details, FIELDS):
        yield {"type": "section", "fields": [_field(name, value) for name, value in details]}
    for number, links in enumerate(_chunks(_usable(post), BUTTONS)):
        yield {"type": "actions", "elements": [_button(number, *each) for each in enumerate(links)]}
    if post.footer.strip():
        yield {"type": "context", "elements": [_marked(escaped(post.footer, FIELD))]}


def _digest(posts: Sequence[Post]) -> Iterator[Json]:
    """A section for each, with what it says in few lines."""
    yield {"type": "header", "text": _plain(f"{len(posts)} alerts", HEADER)}
    for post in posts:
        facts = " · ".join(f"{name}: {value}" for name, value in post.details)
        head = f"*{escaped(post.title, HEADER)}*\n" if post.title.strip() else ""
        body = head + escaped("\n".join(filter(str.strip, (post.text, facts))), SHORT)
        if body.strip():
            yield {"type": "section", "text": _marked(body), **_accessory(post)}
    if footers := " · ".join(filter(str.strip, (post.footer for post in posts))):
        yield {"type": "context", "elements": [_marked(escaped(footers, FIELD))]}


def _accessory(post: Post) -> Json:
    """The first link, beside the text."""
    usable = _usable(post)
    return {"accessory": _button(0, 0, usable[0])} if usable else {}


def _usable(post: Post) -> list[tuple[str, str]]:
    return [each for each in post.links if each[0].strip() and 0 < len(each[1]) <= ADDRESS]


def _field(name: str, value: str) -> Json:
    head = f"*{escaped(name, 100)}*\n"
    return _marked(head + escaped(value or "–", FIELD - len(head)))


def _button(row: int, place: int, link: tuple[str, str]) -> Json:
    label, address = link
    return {
        "type": "button",
        "action_id": f"link_{row}_{place}",
        "text": _plain(label, BUTTON),
        "url": address,
    }


def _plain(text: str, limit: int) -> Json:
    return {"type": "plain_text", "text": escaped(text, limit)}


def _marked(text: str) -> Json:
    """``verbatim``: names and addresses in it are not made into mentions."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _chunks(items: Sequence[tuple[str, str]], size: int) -> Iterator[Sequence[tuple[str, str]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
