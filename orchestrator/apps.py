"""The app of everything that happened and of the hands that made it happen."""

from django.apps import AppConfig


class OrchestratorConfig(AppConfig):
    name = "orchestrator"
    verbose_name = "Work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate  # noqa: PLC0415

        from connectors import brake  # noqa: PLC0415
        from orchestrator import checks, roles  # noqa: F401, PLC0415
        from orchestrator.act import stops  # noqa: PLC0415

        post_migrate.connect(roles.settle, sender=self, dispatch_uid="orchestrator.roles")
        brake.ask_before_changes(stops.check)
