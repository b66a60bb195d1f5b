"""The app of everything that happened and of the hands that made it happen."""

from django.apps import AppConfig


class OrchestratorConfig(AppConfig):
    name = "orchestrator"
    verbose_name = "Work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from connectors import brake  # noqa: PLC0415
        from orchestrator import checks  # noqa: F401, PLC0415
        from orchestrator.act import stops  # noqa: PLC0415

        brake.ask_before_changes(stops.check)
