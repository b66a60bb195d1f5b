"""Whatever stands in a file, the answer is sentences with lines: never a traceback, never half a client."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connectors.models import Store
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import ClientFileError
from tests.orchestrator.clientfile.files import FULL, applied
from tests.stories import tried

_WORDS = """
    store slug name platform currency timezone country connections vendor credentials api_root poll_every
    token rules recipe mode params gorgias klaviyo api_key ticket_hold custom live when if then shopify
"""
WORDS = st.sampled_from(_WORDS.split())
SIGNS = st.sampled_from(
    [*"{}[]:,-?&*!|>'\"%@`#~= \n\t", "  ", ": ", "- ", "\n  ", "<<: ", "--- ", "\\x", "0x1", "no"]
)
YAMLISH = st.lists(WORDS | SIGNS | st.text(max_size=3), max_size=60).map("".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS | st.dates()
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(WORDS, each, max_size=5), max_leaves=12
)


class TestAnything(TestCase):
    def outcome(self, data: bytes) -> None:
        """Applied as a whole, or refused with at least one sentence and nothing written."""
        try:
            applied(data)
        except ClientFileError as error:
            told = [problem.told("FILE.yaml") for problem in error.problems]
            assert told
            assert all(
                each.startswith("FILE.yaml:") and "\n" not in each and each.isprintable() for each in told
            )
            assert not Store.objects.exists()
        else:
            assert Store.objects.count() == 1

    @settings(max_examples=tried(50, 150, 600))
    @given(st.binary(max_size=200))
    def test_bytes(self, data: bytes):
        self.outcome(data)

    @settings(max_examples=tried(100, 300, 1000))
    @given(YAMLISH)
    @example("store: {slug: a, name: =, platform: shopify}")
    @example("{? : }")
    def test_text_that_looks_like_yaml(self, text: str):
        self.outcome(text.encode("utf-8", "surrogatepass"))

    @settings(max_examples=tried(60, 200, 800))
    @given(VALUES)
    def test_any_structure(self, value: Any):
        self.outcome(yaml.safe_dump(value, allow_unicode=True).encode())

    @settings(max_examples=tried(60, 200, 800))
    @given(st.integers(0, len(FULL)), st.integers(0, 12), YAMLISH | st.text(max_size=4))
    def test_a_good_file_with_a_wrong_place(self, start: int, length: int, text: str):
        self.outcome((FULL[:start] + text + FULL[start + length :]).encode("utf-8", "surrogatepass"))


def test_a_part_knows_the_line_of_each_key():
    assert Part(1, {}, {"name": 4}).line_of("name") == 4
    assert Part(1, {}, {}).line_of("name") == 1
