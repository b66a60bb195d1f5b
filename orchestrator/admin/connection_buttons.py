"""What the buttons of a connection's page do at the vendor, and what each says came of it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from connectors import connect
from connectors.errors import VendorError
from connectors.limits import Use
from connectors.models import Connection
from orchestrator import wake
from orchestrator.admin import connection_campaigns, connection_holds, connection_steps, history, places
from orchestrator.intake import integrations
from orchestrator.record import health, lacks, rotation


class Buttons(connection_holds.HoldButtons, connection_campaigns.CampaignButtons):
    """Each is a POST of its own."""

    def button_urls(self) -> list[URLPattern]:
        buttons = {
            "test": self.test_view,
            "webhooks": self.webhooks_view,
            "hold-list": self.hold_list_view,
            "history-again": self.history_again_view,
            "recipients": self.recipients_view,
        }
        campaigns = path(
            "<int:object_id>/campaigns/",
            self.admin_site.admin_view(self.campaigns_view),
            name="connectors_connection_campaigns",
        )
        return [campaigns] + [
            path(
                f"<int:object_id>/{name}/",
                require_POST(self.admin_site.admin_view(view)),
                name=f"connectors_connection_{name}",
            )
            for name, view in buttons.items()
        ]

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection: Connection = self.object_to_change(request, str(object_id))
        self.try_out(request, connection)
        return HttpResponseRedirect(places.change_url(connection))

    def webhooks_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection: Connection = self.object_to_change(request, str(object_id))
        self._set_up_webhooks(request, connection, timezone.now())
        return HttpResponseRedirect(places.change_url(connection))

    def history_again_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection: Connection = self.object_to_change(request, str(object_id))
        self.message_user(request, history.read_again(request, connection, timezone.now()))
        return HttpResponseRedirect(places.change_url(connection))

    def try_out(self, request: HttpRequest, connection: Connection) -> None:
        """One real call; its answer is shown and remembered as the connection's health."""
        now = timezone.now()
        self._call(request, connection, now)
        lacks.look(connection.store, now)
        rotation.look(connection, now)

    def begin(self, request: HttpRequest, connection: Connection) -> None:
        """What follows by itself where new credentials work: webhooks with their secret, and the history."""
        if connection.health != Connection.Health.HEALTHY:
            return
        if connection_steps.has_webhooks(connection) and connection_steps.can_be_reached(connection):
            self._set_up_webhooks(request, connection, timezone.now())
        wake.after_commit("import_history")

    def _set_up_webhooks(self, request: HttpRequest, connection: Connection, now: datetime) -> None:
        try:
            states = integrations.ensure(connection, now)
        except VendorError as error:
            health.fails(connection, error, now)
            self.message_user(request, error.sentence, messages.ERROR)
        else:
            active = sum(each.is_active for each in states)
            told = f"{active} of {len(states)} webhooks at {connection.label} are active."
            self.message_user(request, told, messages.SUCCESS if states else messages.WARNING)

    def _call(self, request: HttpRequest, connection: Connection, now: datetime) -> None:
        try:
            account = connect.open(connection, use=Use.ASKED).examined()
        except VendorError as error:
            health.fails(connection, error, now)
            self.message_user(request, error.sentence, messages.ERROR)
            return
        health.works(connection, now, account)
        level = messages.WARNING if account.missing_scopes else messages.SUCCESS
        self.message_user(request, connection.finding, level)
