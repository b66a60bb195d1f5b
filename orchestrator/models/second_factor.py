"""The second factor of somebody who works here, sealed like the vendors' credentials."""

from __future__ import annotations

import secrets
import time
from base64 import b32encode

import msgspec
from django.conf import settings
from django.db import models
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from connectors import vault

BACKUPS = 10
TOLERANCE = 1  # steps of half a minute that a phone's clock may be off: RFC 6238, section 5.2


class Kept(msgspec.Struct):
    """What codes are made of: who knows it needs no phone."""

    key: str  # hexadecimal; the app has the same
    backups: list[str]  # those that were not used yet


class SecondFactor(ThrottlingMixin, Device):  # type: ignore[misc]  # untyped
    """An app that shows a code of the time (RFC 6238), and backup codes for the day when it is lost.

    ``Kept`` is under the keys of ``CREDENTIAL_KEYS`` and opens for its own person only. Everything here
    that needs it raises vault.Unreadable where it does not open.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor")
    sealed = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=-1)  # of the app's last code: each is good once
    drift = models.SmallIntegerField(default=0)  # steps that the phone's clock was off then
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "second factor"

    def __str__(self) -> str:
        return f"Second factor of {self.user}"

    def opened(self) -> Kept:
        return msgspec.json.decode(vault.unseal(self.sealed, self._place), type=Kept)

    def keep(self, kept: Kept) -> None:
        """Seal it; saving is the caller's."""
        self.sealed = vault.seal(msgspec.json.encode(kept).decode(), self._place)

    def verify_token(self, token: str) -> bool:
        """Whether it is the code of now, or a backup code, and was not used before.

        A wrong one makes the next try wait: a second, and each time twice as long.
        """
        is_allowed, _ = self.verify_is_allowed()
        if not is_allowed:
            return False
        if not (self.is_shown(token) or self._is_backup(token)):
            self.throttle_increment()
            return False
        self.throttle_reset(commit=False)
        self.save()
        return True

    def is_shown(self, code: str) -> bool:
        """Whether the app shows ``code``; from then on, once saved, it is used."""
        clock = TOTP(bytes.fromhex(self.opened().key), drift=self.drift)
        clock.time = time.time()  # one moment for all steps that are looked at
        if not (code.isdecimal() and clock.verify(int(code), TOLERANCE, self.last_step + 1)):
            return False
        self.last_step, self.drift = clock.t(), clock.drift
        return True

    def new_backups(self) -> tuple[str, ...]:
        """Saved in the place of all earlier ones; to be shown once."""
        codes = tuple(b32encode(secrets.token_bytes(5)).decode().lower() for _ in range(BACKUPS))
        self.keep(Kept(self.opened().key, list(codes)))
        self.save(update_fields=["sealed"])
        return codes

    def _is_backup(self, code: str) -> bool:
        kept = self.opened()
        if code not in kept.backups:
            return False
        kept.backups.remove(code)
        self.keep(kept)
        return True

    def get_throttle_factor(self) -> int:
        """Seconds of the first wait, as django-otp asks for it."""
        return 1

    @property
    def _place(self) -> str:
        return f"second factor of {self.user_id}"
