"""The run log's codes: each is documented, and each sentence can be rendered."""

from pathlib import Path

import pytest

from orchestrator.models import RunLogEntry
from orchestrator.record.codes import CODES, sentence_for

DOCS = Path(__file__).parents[3] / "docs" / "run-log.md"


def test_the_documentation_lists_exactly_these_codes():
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    rows = {tuple(cell.strip(" `") for cell in line.split("|")[1:5]) for line in lines[-len(CODES) :]}

    assert rows == {(name, code.kind, code.outcome, code.meaning) for name, code in CODES.items()}


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_a_known_kind_and_outcome(name):
    code = CODES[name]

    assert code.kind in RunLogEntry.Kind.values
    assert code.outcome in RunLogEntry.Outcome.values
    assert len(name) <= 40


@pytest.mark.parametrize("name", CODES)
def test_a_sentence_survives_missing_details(name):
    assert "{" not in sentence_for(name, {})


def test_a_hostile_detail_is_only_text():
    told = sentence_for("hold_opened", {"reference_told": "{0.__class__} <script>"})

    assert told == "Marketing held for {0.__class__} <script>"


def test_a_code_of_a_later_version_falls_back_to_its_name():
    assert sentence_for("stars_aligned", {}) == "stars aligned"
