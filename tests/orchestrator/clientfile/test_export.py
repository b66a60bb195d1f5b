"""A client written as a file: without its secrets, always in the same order, and good to apply again."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from connectors.models import Connection, Store
from orchestrator.clientfile import export
from rules.models import Rule
from tests.orchestrator.clientfile.files import FULL, RULE, STORE, applied
from tests.stories import tried

SECRETS = {
    "NORTH_RIDGE_GORGIAS_API_KEY": "key-1",
    "NORTH_RIDGE_GORGIAS_WEBHOOK_SECRET": "secret-1",
    "NORTH_RIDGE_KLAVIYO_PRIVATE_KEY": "pk_1",
}
CUSTOM = """\
  - recipe: custom
    name: "A rule: with signs # and “quotes” – yes"
    mode: shadow
    params:
      when: ticket.opened
      if: {all: [{field: ticket.subject, op: contains, value: "no"}]}
      then:
        - {action: internal_note, with: {text: "One line\\n\\n  another: - with [signs] "}}
        - {action: tag_ticket, with: {tag: "2026-11-22"}}
"""


def exported(slug: str = "north-ridge") -> str:
    return export.text(Store.objects.get(slug=slug))


def filled_in(text: str) -> str:
    """As staff do on another installation: the comments of the secrets become values."""
    return re.sub(r"# (\w+: \"env:)", r"\1", text)


@pytest.mark.django_db
def test_the_whole_file_in_its_order():
    applied(
        FULL.replace("- vendor: gorgias", "- vendor: gorgias\n    token: hook").replace(
            "_1}", "_1}\n    token: b"
        )
    )

    assert exported() == (
        "# Secrets are left out. Applied to this client again, the file keeps the stored ones;\n"
        "# on another installation give them as env:NAME.\n"
        "store:\n"
        "  slug: north-ridge\n"
        "  name: North Ridge\n"
        "  platform: shopify\n"
        "  currency: USD\n"
        "  timezone: UTC\n"
        "  keep:\n    deliveries: 30\n    events: 180\n    run_log: 400\n    archive: true\n"
        "connections:\n"
        "  - vendor: gorgias\n"
        "    credentials:\n"
        "      subdomain: north-ridge\n"
        "      email: ops@agency.test\n"
        '      # api_key: "env:NORTH_RIDGE_GORGIAS_API_KEY"\n'
        '      # webhook_secret: "env:NORTH_RIDGE_GORGIAS_WEBHOOK_SECRET"\n'
        "    poll_every: 60\n"
        "    token: hook\n"
        "  - vendor: klaviyo\n"
        "    credentials:\n"
        '      # private_key: "env:NORTH_RIDGE_KLAVIYO_PRIVATE_KEY"\n'
        "    poll_every: 60\n"
        "    token: b\n"
        "rules:\n"
        "  - recipe: ticket_hold\n"
        "    name: Hold\n"
        "    mode: live\n"
        "    params:\n"
        "      grace_minutes: 5\n"
    )


@pytest.mark.django_db
def test_a_client_without_anything_is_a_file_too():
    applied(STORE)

    assert exported().endswith("    archive: true\nconnections: []\nrules: []\n")
    assert not applied(exported()).is_change


@pytest.mark.django_db
def test_an_export_changes_nothing_where_it_came_from():
    applied(FULL + CUSTOM)

    assert not applied(exported()).is_change


@pytest.mark.django_db
def test_an_export_makes_the_same_client_on_an_empty_installation():
    applied(FULL + CUSTOM)
    before = exported()
    credentials = Connection.objects.get(vendor="gorgias").credentials()
    Rule.objects.update(version=None)
    Store.objects.all().delete()

    applied(filled_in(before), environ=SECRETS)

    assert exported() == before
    assert Connection.objects.get(vendor="gorgias").credentials() == credentials


@pytest.mark.django_db
def test_no_secret_is_in_an_export():
    applied(FULL)

    assert not any(secret in exported() for secret in SECRETS.values())


@pytest.mark.django_db
def test_rules_and_connections_stand_in_alphabetical_order_whatever_their_age():
    applied(STORE + "rules:\n  - {recipe: ticket_hold, name: B}\n  - {recipe: ticket_hold, name: A}\n")

    assert [rule["name"] for rule in yaml.safe_load(exported())["rules"]] == ["A", "B"]


@pytest.mark.django_db
def test_a_connection_of_a_vendor_that_is_gone_shows_no_value():
    applied(STORE)
    row = Connection(store=Store.objects.get(), vendor="pigeon", is_enabled=False)
    row.seal({"nest": "hush"})
    row.save()

    assert '      # nest: "env:NORTH_RIDGE_PIGEON_NEST"' in exported()
    assert "    # It is switched off at present; a file does not say so." in exported()
    assert "hush" not in exported()


@pytest.mark.django_db
def test_credentials_that_cannot_be_opened_are_told(settings):
    applied(FULL)
    settings.CREDENTIAL_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE="]

    assert "      # The stored values cannot be opened with the keys in CREDENTIAL_KEYS.\n" in exported()
    assert '      # subdomain: "' not in exported()


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=40).map(
    str.strip
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


class TestRoundTrip(TestCase):
    """Whatever names and texts a client has, its export makes it again."""

    @settings(max_examples=tried(15, 40, 200))
    @given(
        name=NAMES.filter(bool),
        rule=NAMES.filter(bool),
        tags=st.lists(TEXTS, max_size=4),
        minutes=st.integers(0, 99),
    )
    def test_names_and_parameters_survive(self, name: str, rule: str, tags: list[str], minutes: int):
        applied(STORE + RULE)
        params: dict[str, Any] = {"tags": tags, "grace_minutes": minutes}
        Store.objects.update(name=name)
        Rule.objects.update(name=rule, params=params, mode="draft", version=None)
        before = exported()
        Store.objects.all().delete()

        applied(before)

        assert exported() == before
        assert Store.objects.get().name == name
        assert (Rule.objects.get().name, Rule.objects.get().params) == (rule, params)


@pytest.mark.django_db
def test_tokens_that_were_fetched_are_left_out():
    applied(FULL)
    before = exported()
    Connection.objects.update(renewed={"access_token": "sealed-token"})

    assert exported() == before
