"""The template language of messages: like Django's, with a few words of the vendor's own.

https://developers.klaviyo.com/en/docs/use-conditionals-in-messages
"""

from __future__ import annotations

from typing import Any

from django.template import Context, Engine, Library, TemplateSyntaxError

from connectors.sandbox.klaviyo.errors import invalid

_words = Library()


@_words.simple_tag
def unsubscribe(text: str = "Unsubscribe") -> str:
    return f"[{text}]"


@_words.filter
def lookup(value: Any, name: str) -> Any:
    return value.get(name, "") if isinstance(value, dict) else ""


_engine = Engine()
_engine.template_builtins.append(_words)


def check(written: str | None, pointer: str) -> None:
    """Raises the vendor's 400 for mark-up that cannot be read."""
    try:
        _engine.from_string(written or "")
    except TemplateSyntaxError as error:
        raise invalid(f"The template has a syntax error: {error}.", pointer) from None


def render(written: str, event: dict[str, Any]) -> str:
    """What somebody reads whose event holds these properties; what is unknown is empty."""
    return _engine.from_string(written).render(Context({"event": event}))
