"""The helpdesk's own rules as plain values."""

from __future__ import annotations


def test_active_rules_are_told_with_what_they_read_and_do(gorgias) -> None:
    code = "if (eq(ticket.customer.orders_count, '3')) { Action('setPriority', {'priority': 'high'}) }"
    gorgias.seed(
        rules=[
            {"name": "VIP", "code": code, "event_types": "ticket-created,ticket-updated"},
            {"name": "Off", "code": code, "deactivated_datetime": "2026-01-01T00:00:00+00:00"},
        ]
    )

    (found,) = gorgias.open().automations()

    assert (found.kind, found.name, found.trigger) == ("rule", "VIP", "ticket-created, ticket-updated")
    assert found.does == ("setpriority",)
    assert "ticket.customer.orders_count" in found.reads
