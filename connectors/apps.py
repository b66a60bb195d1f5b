"""The app of clients and their accounts at the vendors."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"
    verbose_name = "Clients"
    default_auto_field = "django.db.models.BigAutoField"
