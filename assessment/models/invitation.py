"""A link by which a client of the agency comes to the assessment."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from assessment.keys import new_key
from connectors.models import Store


class Invitation(models.Model):
    """What is answered behind it belongs to its client. Ends by its date, or when staff revoke it."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="invitations")
    key = models.CharField(max_length=22, unique=True, default=new_key, editable=False)
    expires_at = models.DateTimeField("expires")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150, blank=True, editable=False)

    def __str__(self) -> str:
        return f"Invitation of {self.store}"

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now
