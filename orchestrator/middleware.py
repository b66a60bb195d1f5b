"""Headers that every page carries, and where a request really came from."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

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


def client_address(request: HttpRequest) -> str:
    """The address that our own proxy saw, or whoever is connected when there is no proxy."""
    if settings.TRUST_PROXY_HEADERS:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if hops[-1].strip():
            return hops[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
