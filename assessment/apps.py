"""The app of where a client stands."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "assessment"
    verbose_name = "Assessment"
    default_auto_field = "django.db.models.BigAutoField"
