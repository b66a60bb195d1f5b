"""First drafts of messages in Klaviyo's template language: plain, readable by every mail program and reader.

Variables of the event are ``{{ event.NAME }}``; Klaviyo escapes what they hold. What people wrote into a rule
is escaped here, its braces too, so that it never becomes a part of the language.
https://developers.klaviyo.com/en/docs/use-conditionals-in-messages
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from connectors.types import Mailing, Paragraph

UNSUBSCRIBE = "{% unsubscribe %}"
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACES = {"{": "&#123;", "}": "&#125;"}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1a1a1a;font:16px/1.5 Arial,Helvetica,sans-serif">
<div role="article" aria-label="{title}" style="max-width:600px;margin:0 auto">
{body}
<p style="margin:32px 0 0;font-size:14px;color:#595959">{unsubscribe}</p>
</div>
</body>
</html>
"""
_THINGS = """{% if event.NAME %}<ul style="padding-left:20px">
{% for item in event.NAME %}<li>
{% if item.url %}<a href="{{ item.url }}">{{ item.title }}</a>{% else %}{{ item.title }}{% endif %}
{% if item.quantity %}× {{ item.quantity }}{% endif %}
</li>{% endfor %}
</ul>{% endif %}"""
_LINK = """{% if event.NAME %}<p>
<a href="{{ event.NAME }}" style="display:inline-block;padding:12px 20px;background:#1a1a1a;color:#ffffff">
TEXT</a>
</p>{% endif %}"""
_LIST = """{% for item in event.NAME %}- {{ item.title }}
{% endfor %}"""


def html(mailing: Mailing) -> str:
    parts = [_shown(each, f"<p>{_html(each.text)}</p>") for each in mailing.paragraphs]
    if mailing.things:
        parts.append(_THINGS.replace("NAME", mailing.things))
    if mailing.link:
        parts.append(_LINK.replace("NAME", mailing.link).replace("TEXT", _html(mailing.link_text)))
    return _PAGE.format(
        title=_html(PLACE.sub("", mailing.subject)), body="\n".join(parts), unsubscribe=UNSUBSCRIBE
    )


def plain(mailing: Mailing) -> str:
    """The same without any mark-up."""
    return "\n\n".join([*_lines(mailing), UNSUBSCRIBE])


def sms(mailing: Mailing) -> str:
    """Klaviyo adds the words about opting out itself."""
    return " ".join(_lines(mailing))


def subject(mailing: Mailing) -> str:
    return _plain(mailing.subject)


def preview(mailing: Mailing) -> str:
    return _plain(mailing.preview)


def _lines(mailing: Mailing) -> Iterator[str]:
    for each in mailing.paragraphs:
        yield _shown(each, _plain(each.text))
    if mailing.things and mailing.channel == "email":
        yield _LIST.replace("NAME", mailing.things)
    if mailing.link:
        yield f"{{{{ event.{mailing.link} }}}}"


def _shown(paragraph: Paragraph, text: str) -> str:
    name = paragraph.only_with
    return f"{{% if event.{name} %}}{text}{{% endif %}}" if name else text


def _html(text: str) -> str:
    return _filled(text, lambda part: "".join(_BRACES.get(each, each) for each in escape(part)))


def _plain(text: str) -> str:
    """Without the braces that the language would take for its own."""
    return _filled(text, lambda part: part.translate({ord("{"): None, ord("}"): None}))


def _filled(text: str, safe: Callable[[str], str]) -> str:
    """Text and names of properties take turns."""
    parts = PLACE.split(text)
    return "".join(
        f"{{{{ event.{part}|default:'' }}}}" if number % 2 else safe(part)
        for number, part in enumerate(parts)
    )
