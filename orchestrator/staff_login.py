"""Who is logged in, and whether their second factor is still to be shown."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from orchestrator.models import SecondFactor, Stop

BACKEND = "orchestrator.staff_login.Backend"


class Backend(ModelBackend):
    """Loads with a person, in the same query, what every page asks: see ``told``."""

    def get_user(self, user_id: int) -> User | None:
        factor = SecondFactor.objects.filter(user=OuterRef("pk"))
        told = {"has_factor": Exists(factor), "is_anything_stopped": Exists(Stop.objects.in_force())}
        user = User.objects.annotate(**told).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


def has_factor(user: Any) -> bool:
    known = getattr(user, "has_factor", None)  # missing right after the password, and in scripts
    if known is None:
        known = SecondFactor.objects.filter(user_id=user.pk).exists()
    return bool(known)


def must_show(user: Any) -> bool:
    """They gave their password in this session, and not their code yet."""
    return has_factor(user) and getattr(user, "otp_device", None) is None


def must_enrol(user: Any) -> bool:
    return settings.REQUIRE_SECOND_FACTOR and not has_factor(user)
