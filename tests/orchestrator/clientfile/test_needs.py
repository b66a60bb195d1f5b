"""What a client's tools cannot do is refused before anything is written; what is not connected is noted."""

from __future__ import annotations

import pytest

from connectors.models import Connection, Store
from orchestrator.models import Attention
from rules.models import Rule
from tests.orchestrator.clientfile.files import FULL, GORGIAS, KLAVIYO, RULE, STORE, applied, problems

pytestmark = pytest.mark.django_db

POSTBOX = "  - {vendor: postbox, credentials: {key: k-1}}\n"
SHOP = """\
connections:
  - {vendor: shopify, credentials: {shop: a.myshopify.com, client_secret: s, access_token: t-1}}
"""
TAG = """\
rules:
  - recipe: custom
    name: Tag
    mode: live
    params: {when: order.paid, then: [{action: tag_customer, with: {tag: a}}]}
"""
CANNOT = "Postbox cannot hold people by a list. It has no lists. Change the rule so that it does without, or"


def test_what_the_tools_cannot_do_is_refused_at_its_line_and_nothing_is_written(postbox):
    found = problems(STORE + GORGIAS + POSTBOX + RULE)

    assert found == [f"7: mode: {CANNOT} leave it in shadow."]
    assert not Store.objects.exists()


def test_the_tools_of_the_file_and_those_that_are_stored_count_together(postbox):
    applied(STORE + GORGIAS + POSTBOX)

    assert problems(STORE + RULE) == [f"3: mode: {CANNOT} leave it in shadow."]
    assert problems(STORE + GORGIAS + KLAVIYO + RULE) == []


def test_in_shadow_it_is_only_noted(postbox):
    diff = applied(STORE + GORGIAS + POSTBOX + RULE.replace("live", "shadow"))

    assert f"Note: rule “Hold”: {CANNOT} leave it in shadow.\n" in diff.told()
    assert Rule.objects.get().mode == "shadow"


def test_a_rule_without_its_tools_goes_live_with_a_note_that_is_also_an_alarm():
    diff = applied(STORE + GORGIAS + RULE)

    (alarm,) = Attention.objects.filter(code="rule_lacks")
    told = "No marketing tool is connected that could hold people by a list. Connect one."
    assert f"Note: rule “Hold”: {told}\n" in diff.told()
    assert alarm.sentence.endswith(told)
    assert alarm.reference == f"rule:{Rule.objects.get().pk}"


def test_a_connection_in_the_file_ends_the_alarm():
    applied(STORE + GORGIAS + RULE)

    diff = applied(FULL)

    assert diff.notes == []
    assert Attention.objects.get(code="rule_lacks").cleared_at


def test_what_the_key_was_seen_to_lack_is_refused_until_the_file_brings_another_key():
    applied(STORE + SHOP)
    Connection.objects.update(account={"missing_scopes": ["write_customers"]})

    assert "the key lacks write_customers" in problems(STORE + TAG)[0]
    assert problems(STORE + SHOP.replace("t-1", "t-2") + TAG) == []


def test_a_check_says_the_same_and_writes_nothing():
    diff = applied(STORE + RULE, is_check=True)

    assert len(diff.notes) == 2
    assert not Attention.objects.exists()
