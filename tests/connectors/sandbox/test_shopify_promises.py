"""What holds for every page, search, file and object of the fake store, whatever it is given."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.shopify import filters, paging, search
from connectors.sandbox.shopify.asgiven import plain
from connectors.sandbox.shopify.blocks import Blocks

STAMPS = st.sampled_from([f"2026-03-0{day}T0{hour}:00:00Z" for day in range(1, 5) for hour in range(4)])
WORDS = st.sampled_from(
    [
        "tag:a",
        "tag:b",
        "NOT",
        "AND",
        "OR",
        "(",
        ")",
        "-tag:a",
        "colour:red",
        "free",
        '"two words"',
        "'",
        "tag:'a b'",
    ]
)
QUERIES = st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=30)


def rows(stamps: list[str]) -> list[dict[str, Any]]:
    return [{"id": number, "updated_at": stamp} for number, stamp in enumerate(stamps, 1)]


@given(st.lists(STAMPS, max_size=30), st.integers(1, 7), st.booleans(), st.booleans())
def test_pages_together_are_everything_once(
    stamps: list[str], size: int, is_falling: bool, is_backward: bool
) -> None:
    words = ("last", "before", "startCursor") if is_backward else ("first", "after", "endCursor")
    seen: list[int] = []
    cursor = None
    while True:
        asked = {words[0]: size, words[1]: cursor, "reverse": is_falling}
        found = paging.page(rows(stamps), "updated_at", lambda row: row["id"], asked)
        seen = found["nodes"] + seen if is_backward else seen + found["nodes"]
        info = found["pageInfo"]
        if not info["hasPreviousPage" if is_backward else "hasNextPage"]:
            break
        cursor = info[words[2]]
    wanted = sorted(rows(stamps), key=lambda row: (row["updated_at"], row["id"]), reverse=is_falling)
    assert seen == [row["id"] for row in wanted]


@given(QUERIES)
def test_every_search_is_read_or_broken_and_only_ever_leaves_rows_out(query: str) -> None:
    given_rows = [{"id": 1, "tags": "a"}, {"id": 2, "tags": "b"}, {"id": 3, "tags": "a, b"}]
    with contextlib.suppress(search.Broken):
        found = search.fitting(given_rows, query, filters.TAGGED, ("tags",))
        assert [each for each in given_rows if each in found] == found


@given(STAMPS, st.sampled_from([">=", "<=", ">", "<"]), st.lists(STAMPS, max_size=10))
def test_a_time_and_its_opposite_part_the_rows(stamp: str, comparator: str, stamps: list[str]) -> None:
    other = {">=": "<", "<=": ">", ">": "<=", "<": ">="}[comparator]
    known = {"updated_at": filters.time("updated_at")}
    parts = [
        search.fitting(rows(stamps), f"updated_at:{each}'{stamp}'", known) for each in (comparator, other)
    ]
    assert sorted(row["id"] for part in parts for row in part) == [row["id"] for row in rows(stamps)]


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=20), st.integers(0, 300))
def test_a_file_is_read_from_any_byte_on(lines: list[bytes], start: int) -> None:
    file = Blocks()
    for line in lines:
        file.write(line)
        file.finish()  # a block of its own
    assert b"".join(file.read(start)) == b"".join(lines)[start:]
    assert file.size == len(b"".join(lines))


@given(
    st.fixed_dictionaries(
        {"id": st.integers(1, 9), "createdAt": STAMPS, "tags": st.lists(st.sampled_from("abc"))},
        optional={"totalPriceSet": st.just({"shopMoney": {"amount": "1.5", "currencyCode": "USD"}})},
    )
)
def test_what_is_plain_already_stays_as_it_is(given_row: dict[str, Any]) -> None:
    assert plain(plain(given_row)) == plain(given_row)
