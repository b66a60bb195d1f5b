"""A code of the phone after the password, for who has one, and for everybody where the agency says so."""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp

from orchestrator.models import RunLogEntry, SecondFactor
from tests.orchestrator.admin import examples, people
from tests.orchestrator.admin.examples import PASSWORD, World
from tests.orchestrator.admin.test_policy import faults

pytestmark = pytest.mark.django_db
PAGE, CODE, HOME = "/admin/second-factor/", "/admin/second-factor/code/", "/admin/"
Enter = Callable[[User], Client]


def code_of(key: str, after: int = 0) -> str:
    """What an app shows ``after`` so many steps of half a minute."""
    return f"{totp(bytes.fromhex(key), t0=-30 * after):06d}"


def switched_on(client: Client) -> tuple[str, list[str]]:
    """The key and the backup codes of somebody who switched it on."""
    shown = client.get(PAGE).context["secret"]
    key = b32decode(shown.replace(" ", "")).hex()
    answer = client.post(PAGE, {"code": code_of(key)})
    return key, list(answer.context["codes"])


def logged_in(name: str = "root", password: str = PASSWORD) -> Client:
    """With the password alone."""
    client = Client()
    client.post(reverse("admin:login"), {"username": name, "password": password})
    return client


def show(client: Client, code: str) -> Any:
    return client.post(CODE, {"code": code})


@pytest.fixture
def root() -> User:
    return examples.administrator()


def test_without_one_the_password_is_enough(root: User) -> None:
    assert logged_in().get(HOME).status_code == 200


def test_it_is_on_once_the_app_is_seen_to_know_the_key(root: User, enter: Enter) -> None:
    client = enter(root)
    page = client.get(PAGE).content.decode()
    client.post(PAGE, {"code": "000000"})
    before = SecondFactor.objects.count()

    key, codes = switched_on(client)

    assert "<svg" in page
    assert faults(page) == []
    assert before == 0
    assert len(set(codes)) == 10
    assert SecondFactor.objects.get().opened().key == key
    assert client.get(HOME).status_code == 200
    assert codes[0] not in client.get(PAGE).content.decode()


def test_nothing_opens_between_the_password_and_the_code(root: User, enter: Enter) -> None:
    key, _ = switched_on(enter(root))
    client = logged_in()

    refused = client.get("/admin/orchestrator/runlogentry/?outcome=failed", follow=True)
    export = client.get(reverse("admin:orchestrator_runlogentry_export"))
    own_page = client.get(PAGE)
    wrong = show(client, "123456")
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        right = client.post(CODE, {"code": code_of(key), "next": "/admin/operations/"})
        inside = client.get(HOME)

    assert refused.redirect_chain[-1][0].startswith(CODE)
    assert faults(refused.content.decode()) == []
    assert export.status_code == 302
    assert own_page["Location"] == CODE
    assert "not the code of now" in wrong.content.decode()
    assert right["Location"] == "/admin/operations/"
    assert inside.status_code == 200


def test_sessions_that_were_open_are_asked_too(root: User, enter: Enter) -> None:
    other = enter(root)
    assert other.get(HOME).status_code == 200

    switched_on(enter(root))

    assert other.get(HOME).status_code == 302


def test_a_code_works_once_and_a_backup_code_too(root: User, enter: Enter) -> None:
    _, codes = switched_on(enter(root))

    first, again = show(logged_in(), codes[0]), show(logged_in(), codes[0])

    assert first.status_code == 302
    assert again.status_code == 200


def test_wrong_codes_lock_like_wrong_passwords(root: User, enter: Enter) -> None:
    key, _ = switched_on(enter(root))
    client = logged_in()

    for _ in range(5):
        show(client, "111111")
    locked = show(client, code_of(key))

    assert locked.status_code == 429
    assert "15 minutes" in locked.content.decode()
    assert client.get(HOME).status_code == 302
    assert (
        logged_in().get(CODE)["Location"].startswith("/admin/login/")
    )  # not even the password is taken from there


def test_the_code_of_somebody_else_opens_nothing(ours: World, enter: Enter) -> None:
    ben = people.in_role("Operator", "ben", ours.store)
    _, codes = switched_on(enter(ours.root))
    switched_on(enter(ben))

    assert show(logged_in("ben"), codes[0]).status_code == 200


def test_where_everybody_needs_one_who_has_none_is_led_to_it(root: User) -> None:
    with override_settings(REQUIRE_SECOND_FACTOR=True):
        client = logged_in()
        led = client.get(HOME, follow=True)
        switched_on(client)
        inside = client.get(HOME)

    assert led.redirect_chain[-1][0].startswith(PAGE)
    assert "Everybody who works here needs" in led.content.decode()
    assert inside.status_code == 200


def test_an_administrator_takes_it_away_from_somebody_who_lost_the_phone(ours: World, enter: Enter) -> None:
    ben = people.in_role("Operator", "ben", ours.store)
    switched_on(enter(ben))
    ada = enter(people.in_role("Administrator", "ada"))

    page = ada.get(reverse("admin:auth_user_change", args=[ben.pk])).content.decode()
    ada.post(reverse("admin:auth_user_factor", args=[ben.pk]))

    assert "Take the second factor away" in page
    assert logged_in("ben").get(HOME).status_code == 200
    told = RunLogEntry.objects.filter(code="factor_changed").order_by("pk")
    assert [(row.kind, row.details["by"], row.details["told"]) for row in told] == [
        ("staff", "ben", "switched their second factor on"),
        ("staff", "ada", "took the second factor of ben away"),
    ]


def test_only_a_superuser_does_so_for_a_superuser(ours: World, enter: Enter) -> None:
    switched_on(enter(ours.root))
    ada = enter(people.in_role("Administrator", "ada"))

    assert ada.post(reverse("admin:auth_user_factor", args=[ours.root.pk])).status_code == 403
    assert SecondFactor.objects.exists()


def test_it_is_switched_off_again_and_codes_are_made_anew(root: User, enter: Enter) -> None:
    client = enter(root)
    _, old = switched_on(client)

    new = client.post(PAGE, {"codes": "1"}).context["codes"]
    with_old = show(logged_in(), old[0])
    client.post(PAGE, {"off": "1"})

    assert not set(new) & set(old)
    assert with_old.status_code == 200
    assert logged_in().get(HOME).status_code == 200


def test_the_database_alone_makes_no_codes(ours: World, enter: Enter) -> None:
    client = enter(ours.root)
    client.get(PAGE)
    offered = " ".join(map(str, client.session.values()))
    key, codes = switched_on(client)
    ben = people.in_role("Operator", "ben", ours.store)
    switched_on(enter(ben))

    stored = SecondFactor.objects.values().get(user=ours.root)
    SecondFactor.objects.filter(user=ben).update(sealed=stored["sealed"])
    with_mine = show(logged_in("ben"), codes[0])

    assert not any(told in f"{stored} {offered}" for told in (key, *codes))
    assert with_mine.status_code == 200
    assert "no code can be checked" in with_mine.content.decode()


def test_without_its_key_the_page_says_so_and_it_can_be_switched_off(
    root: User, enter: Enter, settings: Any
) -> None:
    client = enter(root)
    _, codes = switched_on(client)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]

    page = client.get(PAGE).content.decode()
    anew = client.post(PAGE, {"codes": "1"})
    asked = show(logged_in(), codes[0]).content.decode()
    client.post(PAGE, {"off": "1"})

    assert "do not open your second factor" in page
    assert faults(page) == []
    assert anew.context["codes"] == ()
    assert "Tell who runs this console" in asked
    assert logged_in().get(HOME).status_code == 200


def test_a_key_that_was_offered_under_an_old_key_of_ours_is_offered_anew(
    root: User, enter: Enter, settings: Any
) -> None:
    client = enter(root)
    before = client.get(PAGE).context["secret"]
    again = client.get(PAGE).context["secret"]
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]

    assert again == before
    assert client.get(PAGE).context["secret"] != before


def test_nobody_is_led_elsewhere(root: User, enter: Enter) -> None:
    _, codes = switched_on(enter(root))

    answer = logged_in().post(CODE, {"code": codes[0], "next": "https://evil.test/"})

    assert answer["Location"] == HOME


def test_who_is_nobody_logs_in_first(db: None) -> None:
    assert Client().get(PAGE)["Location"].startswith("/admin/login/")
    assert Client().get(CODE)["Location"].startswith("/admin/login/")


def test_what_every_page_asks_costs_no_query_of_its_own(
    root: User, enter: Enter, django_assert_num_queries: Any
) -> None:
    client = enter(root)
    client.get(PAGE)

    with django_assert_num_queries(3):  # session, person, and the menu's badge
        client.get(reverse("admin:password_change"))
