"""Gathers what a rule may know about a change from the world. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from connectors.types import TicketSnapshot
from rules.facts import Change, CustomerFacts, Facts, OpenCause, OpenDraft

if TYPE_CHECKING:
    from orchestrator.decide.world import World


def gather(world: World, change: Change) -> Facts:
    snapshot = world.snapshot(change.vendor, change.kind, change.object_id)
    ticket = snapshot if isinstance(snapshot, TicketSnapshot) else None
    emails = ticket.customer.emails if ticket else ()
    return Facts(
        change=change,
        now=world.now,
        timezone=world.store.timezone,
        currency=world.store.currency,
        ticket=ticket,
        customer=_customer(ticket),
        causes=_causes(world, change.reference, emails),
        drafts=_drafts(world, change.reference),
    )


def _drafts(world: World, reference: str) -> dict[int, tuple[OpenDraft, ...]]:
    by_rule: defaultdict[int, list[OpenDraft]] = defaultdict(list)
    for row in world.reorders.on(reference):
        if row.rule_id is not None:
            draft = OpenDraft(reference=row.reference, state=row.state, source_at=row.source_at)
            by_rule[row.rule_id].append(draft)
    return {rule_id: tuple(drafts) for rule_id, drafts in by_rule.items()}


def _customer(ticket: TicketSnapshot | None) -> CustomerFacts | None:
    if ticket is None:
        return None
    person = ticket.customer
    return CustomerFacts(email=next(iter(person.emails), None), emails=person.emails, name=person.name)


def _causes(world: World, reference: str, emails: tuple[str, ...]) -> dict[int, tuple[OpenCause, ...]]:
    by_rule: defaultdict[int, list[OpenCause]] = defaultdict(list)
    for row in world.ledger.on(reference, emails):
        by_rule[row.rule_id].append(
            OpenCause(
                subject=row.subject,
                reference=row.reference,
                method=row.method,
                source_at=row.source_at,
                release_at=row.release_at,
                expires_at=row.expires_at,
            )
        )
    return {rule_id: tuple(causes) for rule_id, causes in by_rule.items()}
