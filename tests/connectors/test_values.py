"""Single values of a vendor's JSON, whatever was put there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import values
from connectors.masking import masked, masked_path

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=100)
@given(ANYTHING)
def test_text_is_what_every_database_stores(value: Any):
    read = values.text(value, 50)

    assert len(read) <= 50
    assert "\x00" not in read
    read.encode("utf-8")


@settings(max_examples=100)
@given(ANYTHING)
def test_no_value_breaks_the_readers(value: Any):
    moment = values.instant(value)
    assert moment is None or moment.tzinfo is UTC
    assert isinstance(values.emails([value]), tuple)
    assert isinstance(values.mapping(value), dict)
    assert all(isinstance(each, dict) for each in values.rows(value))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-22T10:00:00.5", datetime(2026, 11, 22, 10, 0, 0, 500_000, UTC)),
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T12:00:00+02:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_700_000_000, None),
    ],
)
def test_times_are_read_as_utc(written, read):
    assert values.instant(written) == read


def test_a_time_keeps_its_instant_whatever_its_offset():
    read = values.instant("2026-11-22T10:00:00-05:00")

    assert read is not None
    assert read.utcoffset() == timedelta(0)
    assert read.hour == 15


def test_addresses_are_lower_case_single_and_sorted():
    assert values.emails(
        ["Zoe@Shop.test ", "ana@shop.test", "zoe@shop.test", "", None, "nobody", "a b@c"]
    ) == (
        "ana@shop.test",
        "zoe@shop.test",
    )


def test_an_address_that_is_too_long_is_left_out_and_not_cut():
    assert values.emails(["x" * 250 + "@shop.test"]) == ()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ana@shop.test is taken", "[e-mail] is taken"),
        ('"email=ana+1@shop.test"', '"[e-mail]"'),
        ("call +1 (500) 555-0006 now", "call [number] now"),
        ("key pk_0123 is bad", "key [secret] is bad"),
        ("Bearer abc.def", "[secret]"),
        ("token shpat_0a1b2c", "token [secret]"),
        ("0a1b2c3d4e5f6a7b8c9d0e1f", "[secret]"),
        ("see https://x.test/reset?token=1", "see [address]"),
        (
            "profile-subscription-bulk-create-job is unknown",
            "profile-subscription-bulk-create-job is unknown",
        ),
        ("two\nlines\x00\u202e", "two lines"),
    ],
)
def test_what_a_vendor_says_is_masked(said, shown):
    assert masked(said) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/tickets/123456789/tags", "/api/tickets/123456789/tags"),
        ("/api/lists/RkLmN2/relationships/profiles", "/api/lists/RkLmN2/relationships/profiles"),
        ("/services/T0/B0/a1b2c3d4e5f6a7b8c9d0e1f2", "/services/[secret]"),
        ("/people/ana%40shop.test", "/people/[secret]"),
        ("/a%0Ab", "/a b"),
    ],
)
def test_a_path_keeps_its_ids_and_loses_keys_and_addresses(path, shown):
    assert masked_path(path) == shown


def test_what_a_vendor_says_is_kept_short():
    assert len(masked("words " * 1000, 80)) == 80
