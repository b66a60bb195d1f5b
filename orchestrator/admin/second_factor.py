"""The second factor: a code of an app on the phone, asked for after the password by who has one.

A key is in the session, sealed, until a code proves that the app has it, so that nobody locks themselves out.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from typing import Any, cast
from urllib.parse import quote, urlencode

import segno
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_lockout_response
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import user_passes_test
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django_otp import login as otp_login
from django_otp import verify_token

from connectors import vault
from orchestrator import staff_login
from orchestrator.admin import audit, display
from orchestrator.models import SecondFactor
from orchestrator.models.second_factor import Kept

KEY = "second_factor_key"  # in the session, sealed
KEY_BYTES = 20  # as long as the hash: RFC 4226, section 4
ISSUER = "Orchestrator"
UNREADABLE = "The keys in CREDENTIAL_KEYS do not open your second factor, so no code can be checked."

_staff_only = user_passes_test(lambda user: user.is_active and user.is_staff, login_url="admin:login")


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
        error_messages={"required": "Enter the code that your app shows now."},
    )

    def clean_code(self) -> str:
        """Apps show it in groups."""
        return "".join(self.cleaned_data["code"].split()).lower()


def where_to(user: Any) -> str:
    """The page that stands between somebody who logged in and the console, "" when none does."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return ""
    if staff_login.must_show(user):
        return reverse("admin:second_factor_code")
    return reverse("admin:second_factor") if staff_login.must_enrol(user) else ""


@never_cache
@_staff_only
def ask(request: HttpRequest) -> HttpResponse:
    """After the password: the code of the app, or one of the backup codes."""
    user = cast(User, request.user)
    if not staff_login.must_show(user):
        return redirect(_next(request))
    credentials = {"username": user.get_username()}
    if not AxesProxyHandler.is_allowed(request, credentials):
        logout(request)
        locked: HttpResponse = get_lockout_response(request, credentials=credentials)
        return locked
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            factor = _matching(user, form.cleaned_data["code"])
        except vault.Unreadable:
            form.add_error("code", f"{UNREADABLE} Tell who runs this console.")
        else:
            if factor:
                otp_login(request, factor)
                return redirect(_next(request))
            user_login_failed.send(__name__, credentials=credentials, request=request)
            form.add_error("code", "This is not the code of now. Look again, or wait for the next one.")
    return _page(request, "admin/second_factor_code.html", "Your code", form=form, next=_next(request))


@never_cache
@_staff_only
@transaction.atomic
def settings_page(request: HttpRequest) -> HttpResponse:
    """Switched on with a code of the app; then new backup codes, or off again.

    Nobody takes it away in between: its row is locked to the end.
    """
    user = cast(User, request.user)
    if staff_login.must_show(user):
        return redirect(where_to(user))
    if factor := SecondFactor.objects.select_for_update().filter(user=user).first():
        return _change(request, factor) if request.method == "POST" else _state(request, factor)
    key = _offered(request)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if factor := _confirmed(user, key, form.cleaned_data["code"]):
            return _switched_on(request, user, factor)
        form.add_error("code", "This is not the code of now. Is the time on your phone right?")
    return _page(
        request,
        "admin/second_factor.html",
        "Second factor",
        form=form,
        picture=_picture(user, key),
        secret=_in_groups(key),
        is_required=staff_login.must_enrol(user),
    )


def reset(request: HttpRequest, person: User) -> str:
    """For somebody who lost their phone; answers with a sentence about it."""
    SecondFactor.objects.filter(user=person).delete()
    _note(request, f"took the second factor of {person.get_username()} away")
    return (
        f"{person.get_username()} logs in with the password alone now, and can set up a second factor again."
    )


def _change(request: HttpRequest, factor: SecondFactor) -> HttpResponse:
    if "off" in request.POST:
        factor.delete()
        _note(request, "switched their second factor off")
        messages.warning(request, "Your second factor is off: your password alone opens the console now.")
        return HttpResponseRedirect(reverse("admin:second_factor"))
    try:
        codes = factor.new_backups()
    except vault.Unreadable:
        return _state(request, factor)
    _note(request, "made new backup codes for their second factor")
    return _state(request, factor, codes)


def _state(request: HttpRequest, factor: SecondFactor, codes: tuple[str, ...] = ()) -> HttpResponse:
    try:
        left, fault = len(factor.opened().backups), ""
    except vault.Unreadable:
        left, fault = 0, UNREADABLE
    return _page(
        request,
        "admin/second_factor.html",
        "Second factor",
        since=display.when(factor.since),
        codes=codes,
        left=left,
        fault=fault,
    )


def _offered(request: HttpRequest) -> str:
    """The key that this session shows, in hexadecimal; a new one where there is none that opens."""
    place = f"offered to {request.user.pk}"
    try:
        return vault.unseal(request.session[KEY], place)
    except (KeyError, vault.Unreadable):
        key = secrets.token_hex(KEY_BYTES)
        request.session[KEY] = vault.seal(key, place)
        return key


def _switched_on(request: HttpRequest, user: User, factor: SecondFactor) -> HttpResponse:
    del request.session[KEY]
    user.has_factor = True  # type: ignore[attr-defined]  # as the next request will load it
    otp_login(request, factor)
    codes = factor.new_backups()
    _note(request, "switched their second factor on")
    return _state(request, factor, codes)


def _confirmed(user: User, key: str, code: str) -> SecondFactor | None:
    """Theirs, once the code shows that the app knows the key."""
    factor = SecondFactor(user=user)
    factor.keep(Kept(key, []))
    if not factor.is_shown(code):
        return None
    known = {"sealed": factor.sealed, "last_step": factor.last_step, "drift": factor.drift}
    saved: SecondFactor
    saved, _ = SecondFactor.objects.update_or_create(user=user, defaults=known)  # a second click finds it
    return saved


def _matching(user: User, code: str) -> SecondFactor | None:
    factor: SecondFactor | None = SecondFactor.objects.filter(user=user).first()
    is_right = factor is not None and verify_token(user, factor.persistent_id, code) is not None
    return factor if is_right else None


def _picture(user: User, key: str) -> SafeString:
    """What the app's camera reads."""
    label = quote(f"{ISSUER}:{user.get_username()}")
    query = urlencode({"secret": _in_groups(key).replace(" ", ""), "issuer": ISSUER})
    code = segno.make(f"otpauth://totp/{label}?{query}")
    drawn = code.svg_inline(scale=5, dark="#000", light="#fff", title="The key as a QR code")
    return mark_safe(drawn)  # noqa: S308  # drawn by segno; the text is in its squares


def _in_groups(key: str) -> str:
    text = b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if is_ours else reverse("admin:index")


def _note(request: HttpRequest, told: str) -> None:
    audit.note(request, "factor_changed", told, store_id=None)


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **context}
    )
