"""What is deleted by itself: results after their time, and what was never finished much earlier."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from assessment import throttle
from assessment.models import Assessment, Invitation


def purge(now: datetime) -> int:
    """Delete what is over its time; answers how many attempts that were."""
    throttle.forget(now)
    finished = now - timedelta(days=settings.ASSESSMENT_KEEP_DAYS)
    unfinished = now - timedelta(days=settings.ASSESSMENT_KEEP_UNFINISHED_DAYS)
    over = Q(finished_at__lt=finished) | Q(finished_at=None, saved_at__lt=unfinished)
    Invitation.objects.filter(Q(expires_at__lt=unfinished) | Q(revoked_at__lt=unfinished)).delete()
    _, deleted = Assessment.objects.filter(over).delete()
    return deleted.get("assessment.Assessment", 0)
