"""Every address × every role × our client and another: what is answered is what the table says."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from orchestrator.staff_login import BACKEND
from tests.orchestrator.admin import examples, matrix, people
from tests.orchestrator.admin.examples import World

Enter = Callable[[User], Client]
Expected = Callable[[matrix.Case], set[int]]
NOBODY = "Nobody in particular"  # may log in, and is given our client, but has no role


def person(role: str, world: World) -> User:
    if role == "Superuser":
        return world.root
    if role == NOBODY:
        user = User.objects.create_user("nobody", password=examples.PASSWORD, is_staff=True)
        world.store.staff.add(user)
        return user
    return people.in_role(role, role.split()[0].lower(), world.store)


def asked(client: Client, method: str, path: str) -> HttpResponse:
    """What a button did is undone, so that each finds the same rows."""
    with transaction.atomic():
        answer: HttpResponse = getattr(client, method)(path, {"mode": "paused"} if method == "post" else {})
        transaction.set_rollback(True)
    return answer


def ask(client: Client, method: str, path: str) -> int:
    return asked(client, method, path).status_code


def may(role: str, case: matrix.Case) -> bool:
    if role == "Superuser":
        return case.allowed[0]
    return role != NOBODY and case.allowed[matrix.ROLES.index(role)]


def wrong(
    client: Client, cases: Iterator[matrix.Case], expected: Callable[[matrix.Case], set[int]]
) -> list[str]:
    found = [(case, ask(client, case.method, case.path)) for case in cases]
    assert len(found) > 50
    return [f"{case.name}: {status}" for case, status in found if status not in expected(case)]


def test_every_address_is_in_the_table() -> None:
    known = {*matrix.OPEN, *matrix.CUSTOM}
    missing = [
        route
        for route, name in matrix.every()
        if (name not in known and not matrix.page_of(name) if name else not route.endswith(matrix.UNNAMED))
    ]

    assert missing == []
    assert known <= {name for _, name in matrix.every()}


@pytest.mark.parametrize("role", ["Superuser", *matrix.ROLES, NOBODY])
def test_each_role_opens_what_the_table_says_and_is_led_nowhere_else(
    role: str, ours: World, theirs: World, enter: Enter
) -> None:
    """Nor is the other client named, to those who are not given it."""
    client = enter(person(role, ours))
    cases = list(matrix.cases({**matrix.rows(ours), **matrix.of_no_client()}))
    assert len(cases) > 50
    opened = {reverse("admin:index"): asked(client, "get", reverse("admin:index"))}
    unlike = []

    for case in cases:
        answer = asked(client, case.method, case.path)
        if answer.status_code != (case.status if may(role, case) else 403):
            unlike.append(f"{case.name}: {answer.status_code}")
        if may(role, case) and case.method == "get":
            opened[case.path] = answer
    links: dict[str, str] = {}
    for path, answer in opened.items():
        text = "" if answer.streaming else answer.content.decode()
        assert role in ("Administrator", "Superuser") or "zebra" not in text.lower(), path
        links |= dict.fromkeys(re.findall(r'href="(/admin/[^"]*)"', text), path)

    assert unlike == []
    assert {path: links[path] for path in links if not leads_on(client, path, opened)} == {}


def leads_on(client: Client, link: str, opened: dict[str, HttpResponse]) -> bool:
    """A page that was opened already is not opened once more."""
    path = html.unescape(link)
    if "event=" in path:
        return True
    answer = opened.get(path) or client.get(path)
    return answer.status_code in (200, 302)


@pytest.mark.parametrize("role", [*matrix.ROLES, NOBODY])
def test_a_row_of_another_client_is_not_there(role: str, ours: World, theirs: World, enter: Enter) -> None:
    """Whoever may not open such a page at all is told so, of any row; nothing follows from that.

    Whoever is not given that client is answered as if there were no such row at all.
    """
    client = enter(person(role, ours))
    found = {label: row for label, row in matrix.rows(theirs).items() if not label.startswith("auth.")}
    foreign = [case for case in matrix.cases(found) if matrix.is_about_a_row(case)]
    assert len(foreign) > 50
    unlike, different = [], []

    for case in foreign:
        status = ask(client, case.method, case.path)
        if status not in expected_of_another(role, case):
            unlike.append(f"{case.name}: {status}")
        nothing = case.path.replace(f"/{_key(case, found)}/", "/987654/")
        if role != "Administrator" and nothing != case.path and status != ask(client, case.method, nothing):
            different.append(case.name)

    assert unlike == []
    assert different == []


def expected_of_another(role: str, case: matrix.Case) -> set[int]:
    if role == "Administrator":
        return {case.status if may(role, case) else 403}
    return {404} if may(role, case) else {403, 404}


def test_nobody_is_let_in_without_a_login(ours: World) -> None:
    found = {**matrix.rows(ours), **matrix.of_no_client()}
    outsider = User.objects.create_user("outsider", password=examples.PASSWORD)
    client, other = Client(), Client()
    other.force_login(outsider, BACKEND)

    def expected(case: matrix.Case) -> set[int]:
        return {302}

    assert wrong(client, matrix.cases(found), expected) == []
    assert wrong(other, matrix.cases(found), expected) == []
    answer = client.get(reverse("admin:orchestrator_runlogentry_export"))
    assert answer["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("role", ["Superuser", *matrix.ROLES, NOBODY])
def test_some_addresses_are_for_whoever_may_log_in(role: str, ours: World, enter: Enter) -> None:
    user = person(role, ours)

    statuses = {
        name: ask(enter(user), method, matrix.address(name, "", None))
        for name, (method, _) in matrix.OPEN.items()
    }

    assert statuses == {name: status for name, (_, status) in matrix.OPEN.items()}


def _key(case: matrix.Case, found: dict[str, Model]) -> object:
    known = matrix.page_of(case.name)
    label = known[0] if known else matrix.CUSTOM[case.name].row
    return found[label].pk if label in found else None
