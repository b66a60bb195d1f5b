"""What Slack takes for a message, and the word it refuses everything else with.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.wire import Json, Reply, Request

BLOCKS = 50
ATTACHMENTS = 100
TEXT = 40_000  # longer ones are cut
ID = 255

Check = Callable[[Json], bool]


class Refused(Exception):
    """A message that is not posted."""

    def __init__(self, status: int, word: str, wait: int = 0) -> None:
        super().__init__(word)
        self.status = status
        self.word = word
        self.wait = wait

    def reply(self) -> Reply:
        reply = word_reply(self.status, self.word)
        if self.wait:
            reply.headers["Retry-After"] = str(self.wait)
        return reply


def word_reply(status: int, word: str) -> Reply:
    """Slack answers webhooks in single words, which it calls HTML."""
    return Reply(status, word.encode(), {"Content-Type": "text/html; charset=utf-8"})


def read(request: Request) -> Json:
    """The message of a request. Raises Refused."""
    try:
        body = request.json()
    except ValueError:
        raise Refused(400, "invalid_payload") from None
    if not isinstance(body, dict) or not isinstance(body.get("text") or "", str):
        raise Refused(400, "invalid_payload")
    blocks, attachments = _list(body, "blocks"), _list(body, "attachments")
    if not (body.get("text") or blocks or attachments):
        raise Refused(400, "no_text")
    if len(attachments) > ATTACHMENTS:
        raise Refused(400, "too_many_attachments")
    if len(blocks) > BLOCKS or not all(_is_block(block) for block in blocks):
        raise Refused(400, "invalid_blocks")
    return {**body, "text": (body.get("text") or "")[:TEXT], "blocks": blocks}


def _list(body: Json, key: str) -> list[Any]:
    """SDKs send null for what is not given."""
    given = body.get(key) or []
    if not isinstance(given, list):
        raise Refused(400, "invalid_payload")
    return given


def _is_block(block: Any) -> bool:
    check = BLOCK.get(str(block.get("type"))) if isinstance(block, dict) else None
    return check is not None and _is_id(block.get("block_id", "-")) and check(block)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID


def _fits(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _is_text(value: Any, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    return isinstance(value, dict) and value.get("type") in kinds and _fits(value.get("text"), most)


def _header(block: Json) -> bool:
    return _is_text(block.get("text"), 150, ("plain_text",))


def _section(block: Json) -> bool:
    fields = block.get("fields")
    if fields is not None:
        is_list = isinstance(fields, list) and 0 < len(fields) <= 10
        if not is_list or not all(_is_text(field, 2000) for field in fields):
            return False
    if "accessory" in block and not _button(block["accessory"]):
        return False
    return _is_text(block["text"], 3000) if "text" in block else fields is not None


def _context(block: Json) -> bool:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 0 < len(elements) <= 10:
        return False
    return all(_is_text(each, 3000) or (isinstance(each, dict) and _image(each)) for each in elements)


def _actions(block: Json) -> bool:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 0 < len(elements) <= 25:
        return False
    ids = [each.get("action_id") for each in elements if isinstance(each, dict)]
    return len(set(map(str, ids))) == len(elements) and all(_button(each) for each in elements)


def _button(element: Any) -> bool:
    return (
        isinstance(element, dict)
        and element.get("type") == "button"
        and _is_id(element.get("action_id"))
        and _is_text(element.get("text"), 75, ("plain_text",))
        and _fits(element.get("url", "-"), 3000)
        and _fits(element.get("value", "-"), 2000)
    )


def _image(block: Json) -> bool:
    return _fits(block.get("image_url"), 3000) and _fits(block.get("alt_text"), 2000)


BLOCK: dict[str, Check] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "divider": lambda block: True,
    "markdown": lambda block: _fits(block.get("text"), 12_000),
}
