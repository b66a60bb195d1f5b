"""Headers that every page carries, the page of an outage, and where a request really came from."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from orchestrator import outage

Answer = Callable[[HttpRequest], HttpResponseBase]

SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
UNLISTED = "/assessment/"  # open to anybody with the link, and to no search engine


def safe_headers(get_response: Answer) -> Answer:
    """Stands first, so that static files, errors and refusals carry the headers too."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in SAFE_HEADERS.items():
            response.headers[name] = value
        if request.path.startswith(UNLISTED):
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


class PlainOutages:
    """Where the database gave way, a page that says so instead of a failure; it asks no table."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not outage.note(error):
            return None
        return told_plainly(error)


def told_plainly(error: BaseException) -> HttpResponse:
    """503, so that whoever asked asks again."""
    cause = outage.cause_of(error)
    page = render_to_string("503.html", {"sentence": cause.sentence if cause else ""})
    return HttpResponse(page, status=503, headers={"Retry-After": "10"})


def client_address(request: HttpRequest) -> str:
    """The address that our own proxy saw, or whoever is connected when there is no proxy."""
    if settings.TRUST_PROXY_HEADERS:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if hops[-1].strip():
            return hops[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
