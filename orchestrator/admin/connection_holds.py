"""The part of a connection's page that is about holds: what ignores them, and what staff can say about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from connectors.models import Connection
from orchestrator.act import holdlist
from orchestrator.admin import places
from orchestrator.admin.base import ScopedAdmin

AT_SEND = "recipients_at_send"  # what the vendor does not tell, so staff do


class HoldButtons(ScopedAdmin):
    """Two buttons; the page that has them gives them their addresses."""

    def hold_list_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection: Connection = self.object_to_change(request, str(object_id))
        holdlist.forget(connection)
        self.message_user(request, "The hold list is found or made again with the next hold.")
        return HttpResponseRedirect(places.change_url(connection))

    def recipients_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Whether the account fixes a campaign's recipients at sending; the alarms follow within an hour."""
        connection: Connection = self.object_to_change(request, str(object_id))
        at_send = not connection.resources.get(AT_SEND)
        holdlist.remember(connection, **{AT_SEND: at_send})
        Connection.objects.filter(pk=connection.pk).update(next_sweep_at=None)
        told = "when a campaign is sent" if at_send else "when a campaign is scheduled"
        self.message_user(request, f"Noted: recipients are determined {told}.")
        return HttpResponseRedirect(places.change_url(connection))


def panel(connection: Connection) -> dict[str, Any]:
    """For the template: the sendings that were found, and what staff said."""
    known = connection.resources
    return {
        "has_list": bool(known.get(holdlist.RESOURCE)),
        "is_list_gone": bool(known.get("hold_list_gone")),
        "at_send": bool(known.get(AT_SEND)),
        "unguarded": known.get("unguarded", []),
        "frozen": known.get("frozen", []),
    }
