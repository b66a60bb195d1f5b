"""First drafts of messages: what is read, what is escaped, what is never part of the language."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.klaviyo import markup
from connectors.types import Mailing, Paragraph
from connectors.vendors.klaviyo import letters

MAILING = Mailing(
    metric="Cart recovery: email",
    channel="email",
    subject="Still thinking, {name}?",
    preview="Your cart waits",
    paragraphs=(Paragraph("You left <something> behind."), Paragraph("Only {left} left.", "left")),
    things="items",
    link="checkout_url",
    link_text="Back to your cart",
)
BOOTS = {"title": "Boots & <b>laces</b>", "quantity": 2, "url": "https://shop.test/boots"}
EVENT = {"items": [BOOTS, {"title": "Socks"}], "left": 3, "checkout_url": "https://shop.test/c?a=1&b=2"}


class Reader(HTMLParser):
    """What a reader of the mail meets: links, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str | None] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def read(event: dict[str, Any], mailing: Mailing = MAILING) -> Reader:
    return Reader(markup.render(letters.html(mailing), event))


def test_an_email_shows_what_the_event_holds_and_escapes_it() -> None:
    mail = read(EVENT)

    assert mail.open == []
    assert mail.links == ["https://shop.test/boots", "https://shop.test/c?a=1&b=2"]
    for told in ("You left <something> behind.", "Only 3 left.", "Boots & <b>laces</b> × 2", "Socks"):
        assert told in " ".join(mail.words.split())
    assert "[Unsubscribe]" in mail.words


def test_what_an_event_does_not_hold_is_left_out() -> None:
    mail = read({})

    assert mail.open == mail.links == []
    assert "left." not in mail.words.replace("behind.", "")


def test_the_plain_text_and_the_text_message_say_the_same() -> None:
    plain = markup.render(letters.plain(MAILING), EVENT)
    text = markup.render(letters.sms(MAILING), EVENT)

    assert "Only 3 left." in plain
    assert "Only 3 left." in text
    assert "[Unsubscribe]" in plain
    assert "[Unsubscribe]" not in text
    assert markup.render(letters.subject(MAILING), {"name": "Ana"}) == "Still thinking, Ana?"


@pytest.mark.parametrize(
    "written", ["{% if %}", "{{ event.secret }}", "{# gone #}", "{", "{{ a|nonsense }}", "{%"]
)
def test_what_people_wrote_into_a_rule_is_never_part_of_the_language(written: str) -> None:
    mailing = Mailing(metric="x", channel="email", subject=written, paragraphs=(Paragraph(written),))

    assert written in read({"secret": "shown"}, mailing).words
    assert "shown" not in markup.render(letters.subject(mailing), {"secret": "shown"})


@settings(max_examples=60)
@given(st.text(alphabet="{}%# abc<&>|'\"_1", max_size=40))
def test_no_text_breaks_a_message(written: str) -> None:
    mailing = Mailing(metric="x", channel="email", subject=written, paragraphs=(Paragraph(written),))

    for each in (letters.html, letters.plain, letters.sms, letters.subject, letters.preview):
        assert isinstance(markup.render(each(mailing), {}), str)
