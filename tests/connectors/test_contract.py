"""What every vendor promises. New vendors are found by name; there is no list to extend but two examples."""

from __future__ import annotations

import importlib
import inspect
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django import forms
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import registry, roles, targets
from connectors.errors import NeedsAttention, TryLater, VendorError
from connectors.fields import SecretField
from connectors.types import Account, Reference, Transition
from tests.connectors.accounts import FakeAccount, credentials

VENDORS = registry.all_vendors()
ROLES: dict[str, type[roles.Vendor]] = {
    "storefront": roles.Storefront,
    "helpdesk": roles.Helpdesk,
    "marketing": roles.Marketing,
    "chat": roles.Chat,
}
# One harmless write of each role, to see what its failures mean.
WRITES: dict[str, Callable[[Any], Any]] = {
    "helpdesk": lambda vendor: vendor.set_priority("999", "high"),
    "marketing": lambda vendor: vendor.create_list("Hold"),
    "storefront": lambda vendor: vendor.add_tags("customer", "999", ["vip"]),
    "chat": lambda vendor: vendor.post(roles.Post(text="Stock is low.")),
}
SOON = 0.7  # seconds, for what never answers
IN_PEACE = 20.0  # seconds, for what answers at once, however busy the machine is
SLACK = 5.0

each_vendor = pytest.mark.parametrize("slug", VENDORS)
each_trouble = pytest.mark.parametrize(
    ("kind", "options", "code", "deadline"),
    [
        ("status", {"status": 500}, "vendor_error", IN_PEACE),
        ("status", {"status": 503}, "vendor_error", IN_PEACE),
        ("reset", {}, "connection_lost", IN_PEACE),
        ("cut", {}, "connection_lost", IN_PEACE),
        ("hang", {}, "timed_out", SOON),
        ("drip", {"when": "after"}, "timed_out", SOON),
        ("html", {}, "unreadable_answer", IN_PEACE),
    ],
)


@pytest.fixture
def account(slug: str, new_account: Callable[[str], FakeAccount]) -> FakeAccount:
    return new_account(slug)


def failure(call: Callable[[], Any]) -> tuple[VendorError, float]:
    began = time.monotonic()
    with pytest.raises(VendorError) as caught:
        call()
    return caught.value, time.monotonic() - began


def trouble(call: Callable[[], Any]) -> tuple[VendorError, float]:
    """What a call that was sent came to. On a busy machine a short time can be over before that."""
    for _ in range(5):
        error, seconds = failure(call)
        if error.code != "unreachable":
            break
    return error, seconds


def secrets(kind: type[roles.Vendor], given: dict[str, str]) -> list[str]:
    return [
        given[name]
        for name, field in kind.Credentials.base_fields.items()
        if isinstance(field, SecretField) and given.get(name)
    ]


@each_vendor
def test_a_vendor_declares_itself(slug):
    kind = VENDORS[slug]

    assert kind.__module__ == f"connectors.vendors.{slug}"
    assert kind.slug == slug
    assert kind.label
    assert issubclass(kind, ROLES[kind.role])
    assert issubclass(kind.Credentials, forms.Form)


@each_vendor
def test_a_vendor_plays_its_role_in_full_but_for_what_it_says_it_lacks(slug):
    kind = VENDORS[slug]
    role = ROLES[kind.role]
    given = [each.verbs for each in role.offers if each.name not in kind.lacks]
    asked = {verb for verbs in given for verb in verbs} | {"account"}
    if kind.has_webhooks:
        asked |= {"verify", "parse_webhook", "ensure_webhooks"}

    done = {name for name in {*_verbs(role), *asked} if _body(kind, name) is not _body(role, name)}

    assert done == asked
    assert set(kind.lacks) <= {each.name for each in role.offers}


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda each: each.role)
def test_every_method_of_a_role_belongs_to_something_that_its_tools_can_do(role):
    assert {verb for each in role.offers for verb in each.verbs} == _verbs(role)


@each_vendor
def test_a_vendor_says_what_scopes_take_of_things_that_it_tells_or_does(slug):
    kind = VENDORS[slug]

    assert set(kind.scopes) <= {*kind.tells, *(each.name for each in kind.offers)}
    assert set(kind.tells) <= set(Transition)


@each_vendor
def test_what_is_told_by_webhook_has_a_webhook(slug, account):
    kind = VENDORS[slug]
    registered = account.open().ensure_webhooks("https://ours.test/hooks/token/") if kind.has_webhooks else []

    told = {topic for heard in kind.tells.values() for topic in heard.topics}

    assert told <= {each.topic for each in registered if each.is_active}
    assert bool(told) is kind.has_webhooks


def _verbs(role: type[roles.Vendor]) -> set[str]:
    return {name for name, value in vars(role).items() if inspect.isfunction(value)}


def _body(kind: type[roles.Vendor], name: str) -> object:
    value = getattr(kind, name)
    return getattr(value, "__func__", value)


@each_vendor
def test_a_vendor_has_a_twin_in_the_sandbox(slug):
    twin = importlib.import_module(f"connectors.sandbox.{slug}")

    assert twin.VENDOR.slug == slug


@each_vendor
def test_credentials_are_a_form_whose_secrets_are_never_shown(slug):
    kind = VENDORS[slug]
    form = kind.Credentials(credentials(slug, "north-ridge"))

    assert form.is_valid(), form.errors
    assert secrets(kind, form.cleaned_data)
    for name, field in kind.Credentials.base_fields.items():
        if re.search("key|secret|token|password", name):
            assert isinstance(field, SecretField)
            assert not form.cleaned_data[name] or form.cleaned_data[name] not in str(form)


@each_vendor
def test_the_address_is_the_vendors_own_and_carries_no_secret(slug):
    kind = VENDORS[slug]
    given = credentials(slug, "north-ridge")
    root = kind.root(given)

    targets.check(root, pattern=kind.hosts, allow_loopback=False)
    assert not re.fullmatch(kind.hosts, f"{urlsplit(root).hostname}.evil.test")
    assert not any(secret in root for secret in secrets(kind, given))


@each_vendor
def test_the_account_can_be_read_and_a_wrong_key_needs_attention(slug, account):
    found = account.open().account()

    assert isinstance(found, Account)
    assert found.name

    field = next(
        name for name, each in VENDORS[slug].Credentials.base_fields.items() if isinstance(each, SecretField)
    )
    error, _ = failure(account.open(**{field: "wr0ng-1"}).account)
    assert isinstance(error, NeedsAttention)
    assert error.code == "credentials_rejected"
    assert "wr0ng-1" not in error.sentence


@each_vendor
def test_a_poll_ends_with_a_watermark_from_which_the_next_one_goes_on(slug, account):
    account.control("POST", "limits", {"on": False})
    first = list(account.open().poll(""))
    second = list(account.open().poll(first[-1].watermark or ""))

    for pages in (first, second):
        assert [page.watermark is not None for page in pages] == [False] * (len(pages) - 1) + [True]


@each_vendor
def test_a_poll_proves_the_key(slug, account):
    account.fault("/", "status", status=401)

    error, _ = failure(lambda: list(account.open().poll("")))

    assert error.code == "credentials_rejected"


@each_vendor
def test_references_of_a_strange_kind_are_not_read(slug, account):
    assert list(account.open().read([Reference(kind="strange", id="1")])) == []


@each_vendor
def test_a_throttle_is_waited_for_as_long_as_the_vendor_says(slug, account):
    account.fault("/", "status", status=429, seconds=23)

    error, _ = failure(account.open().account)

    assert isinstance(error, TryLater)
    assert (error.code, error.after, error.in_doubt) == ("throttled", 23.0, False)


@each_vendor
@each_trouble
def test_trouble_while_reading_is_waited_out(slug, account, kind, options, code, deadline):
    account.fault("/", kind, **options)

    error, seconds = trouble(account.open(deadline_seconds=deadline).account)

    assert isinstance(error, TryLater)
    assert (error.code, error.in_doubt) == (code, False)
    assert seconds < deadline + SLACK


@each_vendor
@each_trouble
@pytest.mark.parametrize("when", ["before", "after"])
def test_trouble_while_writing_leaves_the_write_in_doubt(slug, account, kind, options, code, deadline, when):
    account.fault("/", kind, **{"when": when, **options})
    vendor = account.open(deadline_seconds=deadline)

    error, seconds = trouble(lambda: WRITES[VENDORS[slug].role](vendor))

    assert isinstance(error, TryLater)
    assert error.in_doubt
    assert seconds < deadline + SLACK


@each_vendor
def test_no_error_shows_a_secret_a_query_or_a_body(slug, account):
    given = account.credentials
    for status in (400, 401, 403, 404, 409, 422, 429, 500):
        account.fault("/", "status", status=status)
        error, _ = failure(lambda: WRITES[VENDORS[slug].role](account.open()))

        assert VENDORS[slug].label in error.sentence
        assert error.sentence.endswith(".")
        assert "?" not in error.sentence
        assert not any(secret in str(error) for secret in secrets(VENDORS[slug], given))


@each_vendor
@settings(max_examples=50)
@given(headers=st.dictionaries(st.text(), st.text()), body=st.binary())
def test_nothing_is_genuine_without_the_secret(slug, headers, body):
    kind = VENDORS[slug]

    assert not kind.verify({}, headers, body)
    assert not kind.verify(credentials(slug, "north-ridge"), headers, body)


def test_there_is_a_write_for_every_role_in_use():
    assert {kind.role for kind in VENDORS.values()} <= set(WRITES)
