"""Every answer carries the safe headers, whoever made it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory

from orchestrator.middleware import client_address


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/admin/login/", "/", "/healthz", "/nowhere", "/static/admin/css/base.css", "/assessment/"]
)
def test_every_page_sends_the_policy(client: Client, path: str) -> None:
    answer = client.get(path)
    answer.close()

    headers = answer.headers
    policy = [part.strip() for part in headers["Content-Security-Policy"].split(";")]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_refused_host_gets_the_policy_too(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "evil.test"})

    assert answer.status_code == 400
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "robots"), [("/assessment/a/", "noindex"), ("/admin/login/", None)])
def test_assessment_is_kept_from_search_engines(client: Client, path: str, robots: str | None) -> None:
    assert client.get(path).headers.get("X-Robots-Tag") == robots


@pytest.mark.parametrize(("trusts", "address"), [(False, "10.0.0.1"), (True, "203.0.113.7")])
def test_forwarded_address_counts_only_behind_our_own_proxy(
    settings: Any, trusts: bool, address: str
) -> None:
    settings.TRUST_PROXY_HEADERS = trusts
    request = RequestFactory().get(
        "/", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"}
    )

    assert client_address(request) == address


@pytest.mark.django_db
def test_guessing_a_password_is_locked_out(client: Client, django_user_model: Any) -> None:
    django_user_model.objects.create_superuser("ana", "", "right")
    for _ in range(5):
        client.post("/admin/login/", {"username": "ana", "password": "wrong"})

    answer = client.post("/admin/login/", {"username": "ana", "password": "right"})

    assert answer.status_code == 429
