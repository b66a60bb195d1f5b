"""The tables of the assessment."""

from assessment.models.attempt import Assessment, AuditRequest
from assessment.models.invitation import Invitation
from assessment.models.knock import Knock

__all__ = ["Assessment", "AuditRequest", "Invitation", "Knock"]
