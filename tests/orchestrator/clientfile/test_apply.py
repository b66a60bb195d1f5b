"""Applying a file: what is created, changed, kept and left, and when a version is published."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.models import Connection, Store
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import Problems
from orchestrator.clientfile.wishes.store import check_platform
from orchestrator.models import RunLogEntry
from rules.models import Rule, RuleVersion
from tests.orchestrator.clientfile.files import FULL, GORGIAS, KLAVIYO, NOW, STORE, applied, problems

pytestmark = pytest.mark.django_db


def gorgias() -> Connection:
    return Connection.objects.get(vendor="gorgias")


def test_a_new_client_gets_all_that_the_file_says():
    applied(FULL)

    store = Store.objects.get()
    assert (store.slug, store.name, store.platform, store.currency) == (
        "north-ridge",
        "North Ridge",
        "shopify",
        "USD",
    )
    assert (store.timezone, store.country) == ("UTC", "")
    assert gorgias().credentials() == {
        "subdomain": "north-ridge",
        "email": "ops@agency.test",
        "api_key": "key-1",
        "webhook_secret": "secret-1",
    }
    assert (gorgias().poll_every, gorgias().api_root, len(gorgias().token)) == (60, "", 32)
    rule = Rule.objects.get()
    assert (rule.recipe, rule.name, rule.mode, rule.params) == (
        "ticket_hold",
        "Hold",
        "live",
        {"grace_minutes": 5},
    )
    assert rule.version is not None
    assert rule.version.live_at == NOW


def test_applying_again_changes_nothing():
    applied(FULL)
    before = RunLogEntry.objects.count()

    diff = applied(FULL)

    assert not diff.is_change
    assert diff.told().endswith("Nothing to change.")
    assert RuleVersion.objects.count() == 1
    assert RunLogEntry.objects.count() == before


def test_a_check_writes_nothing_and_tells_the_same():
    checked = applied(FULL, is_check=True).told()

    assert not Store.objects.exists()
    assert applied(FULL).told() == checked


def test_a_file_with_a_fault_anywhere_writes_nothing():
    applied(STORE)

    assert problems(FULL.replace("North Ridge", "Renamed").replace("grace_minutes: 5", "grace_minutes: -5"))

    assert Store.objects.get().name == "North Ridge"
    assert not Connection.objects.exists()


@pytest.mark.parametrize("rest", ["", "connections:\nrules:\n", "connections: []\nrules: []\n"])
def test_connections_and_rules_may_be_absent_or_empty(rest: str):
    applied(STORE + rest)

    assert Store.objects.get().slug == "north-ridge"


@pytest.mark.parametrize("platform", ["shopify", "woocommerce", "bigcommerce"])
def test_a_platform_is_taken_before_its_vendor_exists(platform: str):
    applied(STORE.replace("shopify", platform))

    assert Store.objects.get().platform == platform


def test_a_platform_has_to_be_the_connected_storefront():
    found = Problems()

    roles = {"klaviyo": "marketing", "shopify": "storefront"}

    check_platform(Part(1, {}, {"platform": 3}), Store(platform="woocommerce"), roles, found)

    (problem,) = found
    assert problem.line == 3
    assert "It is “woocommerce”, but the storefront connection is to shopify" in problem.sentence


def test_a_changed_name_is_shown_with_the_old_one():
    applied(FULL)

    diff = applied(FULL.replace("name: North Ridge,", "name: Ridge,"))

    assert (
        "client north-ridge: changed\n  ~ name: North Ridge → Ridge\n  = kept: platform, currency"
        in diff.told()
    )
    assert "0 created, 1 changed, 3 unchanged." in diff.told()
    assert Store.objects.get().name == "Ridge"


def test_what_the_file_leaves_out_stays_and_is_listed():
    applied(FULL)

    diff = applied("store: {slug: north-ridge}\n")

    told = diff.told()
    assert "not in the file, left as it is: name, platform, currency, timezone" in told
    left = ["connection gorgias", "connection klaviyo", "rule “Hold” (live)"]
    assert "Not in the file, left as it is:" + "".join(f"\n  . {each}" for each in left) in told
    assert Connection.objects.count() == 2
    assert Rule.objects.get().mode == "live"


def test_an_omitted_secret_keeps_the_stored_one():
    applied(FULL)

    diff = applied(
        STORE + "connections:\n  - {vendor: gorgias, credentials: {subdomain: other}, poll_every: 30}\n"
    )

    assert gorgias().credentials()["api_key"] == "key-1"
    assert gorgias().credentials()["subdomain"] == "other"
    assert "~ subdomain: north-ridge → other" in diff.told()
    assert "left as it is: email, api_key, webhook_secret, token" in diff.told()


def test_secrets_are_said_to_change_and_never_shown():
    first = applied(FULL)

    second = applied(FULL.replace("key-1", "key-2").replace("secret-1", '""'))

    assert "+ api_key: set" in first.told()
    assert "~ api_key: changed" in second.told()
    assert "~ webhook_secret: removed" in second.told()
    everything = (
        first.told() + second.told() + str(list(RunLogEntry.objects.values_list("details", flat=True)))
    )
    assert not any(secret in everything for secret in ("key-1", "key-2", "secret-1", "pk_1"))


def test_a_secret_comes_from_the_environment():
    text = STORE + GORGIAS.replace("key-1", "env:NR_KEY").replace("secret-1", '"env: NR_SECRET"')

    applied(text, environ={"NR_KEY": "from-outside", "NR_SECRET": " also \n"})

    assert gorgias().credentials()["api_key"] == "from-outside"
    assert gorgias().credentials()["webhook_secret"] == "also"


def test_every_missing_variable_is_named():
    text = STORE + GORGIAS.replace("key-1", "env:NR_KEY").replace("secret-1", "env:NR_SECRET")

    found = problems(text, environ={"NR_SECRET": "  "})

    assert [each.split()[5] for each in found] == ["NR_KEY", "NR_SECRET"]


@pytest.mark.parametrize(
    "change", [("key-1", "key-2"), ("    credentials", "    api_root: ''\n    credentials")]
)
def test_new_credentials_have_to_prove_themselves_again(change: tuple[str, str]):
    applied(FULL)
    later = NOW + timedelta(hours=1)
    Connection.objects.update(
        health="attention",
        finding="refused",
        error_code="x",
        failing_since=NOW,
        next_poll_at=later,
        api_root="https://old.gorgias.com",
    )

    applied(STORE + GORGIAS.replace(*change))

    row = gorgias()
    is_changed = (row.health, row.finding, row.error_code, row.failing_since, row.next_poll_at)
    assert is_changed == ("untested", "", "", None, NOW)


def test_a_slower_poll_says_nothing_about_the_credentials():
    applied(FULL)
    Connection.objects.update(health="healthy", next_poll_at=NOW + timedelta(hours=1))

    applied(STORE + GORGIAS + "    poll_every: 600\n")

    assert (gorgias().health, gorgias().poll_every) == ("healthy", 600)
    assert gorgias().next_poll_at == NOW + timedelta(hours=1)


def test_credentials_that_cannot_be_opened_are_asked_for_again(settings):
    applied(FULL)
    settings.CREDENTIAL_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE="]

    found = problems(STORE + "connections:\n  - {vendor: klaviyo, poll_every: 30}\n")
    applied(STORE + "connections:\n" + KLAVIYO.replace("pk_1", "pk_2"))

    assert found == ["3: private_key: It is missing, and none is stored."]
    assert Connection.objects.get(vendor="klaviyo").credentials() == {"private_key": "pk_2"}


def test_a_fixed_token_is_taken_and_one_that_is_in_use_is_not():
    applied(FULL + "")
    Connection.objects.filter(vendor="gorgias").update(token="taken")
    other = STORE.replace("north-ridge", "harbor-pine")

    found = problems(other + GORGIAS + "    token: taken\n")
    applied(other + GORGIAS + "    token: free\n")

    assert found == ["5: token: Another connection uses it already; choose another one."]
    assert Connection.objects.get(store__slug="harbor-pine").token == "free"


def test_the_sandbox_is_a_target_only_where_loopback_is_allowed(settings):
    text = STORE + GORGIAS + "    api_root: http://127.0.0.1:9100/gorgias\n"

    settings.ALLOW_LOOPBACK_VENDORS = False
    refused = problems(text)
    settings.ALLOW_LOOPBACK_VENDORS = True
    applied(text)

    assert "ALLOW_LOOPBACK_VENDORS" in refused[0]
    assert gorgias().api_root == "http://127.0.0.1:9100/gorgias"


def test_the_run_log_says_what_was_touched_and_no_value():
    applied(FULL)
    applied(FULL.replace("USD", "EUR").replace("ops@agency.test", "new@agency.test"))

    (_, entry) = RunLogEntry.objects.filter(code="client_applied").order_by("id")
    assert (entry.kind, entry.store) == ("staff", Store.objects.get())
    assert entry.details["told"] == "client north-ridge (currency), connection gorgias (email)"


def test_how_long_things_are_kept_is_part_of_the_file():
    applied(FULL)

    diff = applied("store: {slug: north-ridge, keep: {events: 90, archive: false}}\n")

    assert "~ keep_events: 180 → 90\n  ~ is_archived: true → false" in diff.told()
    assert "left as it is: name, platform, currency, timezone, keep_deliveries, keep_run_log" in diff.told()
    store = Store.objects.get()
    assert (store.keep_deliveries, store.keep_events, store.keep_run_log) == (30, 90, 400)
    assert not store.is_archived
