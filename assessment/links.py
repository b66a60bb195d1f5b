"""Private links: signed, so that guessing costs no look-up, and with a random key that can be replaced."""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.urls import reverse

from assessment.models import Assessment, Invitation

EDIT, SHARE, INVITE = (f"assessment.{use}" for use in ("edit", "share", "invite"))


def edit_link(row: Assessment) -> str:
    return _signed(EDIT, row.edit_key)


def share_url(row: Assessment) -> str:
    """Where the shared result is read, "" when it is not shared."""
    if not row.share_key:
        return ""
    return reverse("assessment:shared", args=[_signed(SHARE, row.share_key)])


def invite_url(row: Invitation) -> str:
    return reverse("assessment:invited", args=[_signed(INVITE, row.key)])


def to_edit(link: str) -> Assessment | None:
    """None whether it never existed, was deleted or was revoked: nobody can tell."""
    key = _key(EDIT, link)
    return (key and Assessment.objects.select_related("store").filter(edit_key=key).first()) or None


def to_read(link: str) -> Assessment | None:
    key = _key(SHARE, link)
    rows = Assessment.objects.finished().select_related("store")
    return (key and rows.filter(share_key=key).first()) or None


def to_start(link: str, now: datetime) -> Invitation | None:
    key = _key(INVITE, link)
    found = key and Invitation.objects.select_related("store").filter(key=key).first()
    return found if found and found.is_open(now) else None


def _signed(use: str, key: str) -> str:
    return signing.Signer(sep=".", salt=use).sign(key)


def _key(use: str, link: str) -> str:
    try:
        return signing.Signer(sep=".", salt=use).unsign(link)
    except signing.BadSignature:
        return ""
