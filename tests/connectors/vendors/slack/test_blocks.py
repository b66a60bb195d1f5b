"""Every post becomes a message that Slack takes, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from werkzeug.datastructures import Headers

from connectors.roles import Post
from connectors.sandbox.slack.messages import read
from connectors.sandbox.wire import Request, json_reply
from connectors.vendors.slack import Slack, blocks
from tests.stories import tried

WORDS = st.text(st.characters(codec="utf-8"), max_size=80)
LONG = st.builds(lambda text, times: text * times, WORDS, st.integers(1, 200))
PAIRS = st.lists(st.tuples(LONG, LONG), max_size=60).map(tuple)
POSTS = st.builds(Post, text=LONG.filter(str.strip), title=LONG, details=PAIRS, links=PAIRS, footer=LONG)


@settings(max_examples=tried(50, 150, 600))
@given(posts=st.lists(POSTS, min_size=1, max_size=Slack.at_once))
def test_any_posts_are_within_slacks_limits(posts):
    message = blocks.message(*posts)

    assert read(Request("POST", "/", Headers(), json_reply(200, message).body))["blocks"] == message["blocks"]
    for block in Block.parse_all(message["blocks"]):
        block.validate_json()
    assert 0 < len(message["text"]) <= blocks.TEXT


def test_what_slack_would_act_on_is_escaped():
    message = blocks.message(
        Post(title="<!here>", text="<!channel> & <@U1>", details=(("<b>", "a < b"),), footer="<x>")
    )

    assert message["text"] == "&lt;!here&gt;: &lt;!channel&gt; &amp; &lt;@U1&gt;"
    assert "<" not in str(message["blocks"])


def test_a_cut_never_breaks_an_escape():
    assert blocks.escaped("ab&cd", 6) == "ab…"
    assert blocks.escaped("ab&cd", 9) == "ab&amp;cd"
    assert blocks.escaped("a" * 5, 4) == "aaa…"


@pytest.mark.parametrize(("details", "sections"), [(0, 1), (10, 2), (11, 3)])
def test_details_are_spread_over_as_many_sections_as_they_need(details, sections):
    post = Post(text="Low", details=tuple((f"Name {each}", "1") for each in range(details)))

    found = [block for block in blocks.message(post)["blocks"] if block["type"] == "section"]

    assert len(found) == sections


def test_several_posts_are_one_message_with_a_section_for_each():
    posts = [
        Post(title=f"Low stock: Shirt {each}", text="4 left.", details=(("SKU", "S"), ("Left", "4")),
             links=(("Open", "https://x.test"),), footer=f"key{each}")
        for each in range(3)
    ]  # fmt: skip

    header, *sections, context = blocks.message(*posts)["blocks"]

    assert header["text"]["text"] == "3 alerts"
    assert sections[0]["text"]["text"] == "*Low stock: Shirt 0*\n4 left.\nSKU: S · Left: 4"
    assert [section["accessory"]["url"] for section in sections] == ["https://x.test"] * 3
    assert context["elements"][0]["text"] == "key0 · key1 · key2"


def test_the_words_alone_say_everything():
    post = Post(
        text="4 left", title="Low stock", details=(("SKU", "A&B"),), links=(("Open", "https://x.test"),)
    )

    assert blocks.whole(post) == "Low stock\n4 left\nSKU: A&amp;B\nOpen: https://x.test"
