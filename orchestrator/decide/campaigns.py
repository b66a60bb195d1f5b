"""Looks for the campaigns that feature what is held, as long as it is held: they are held with it.

A vendor does not say which campaigns these are, and tells of no new ones. So they are read when a hold begins
and again every few minutes; what a look costs does not grow with the number of products.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors import connect, shadow
from connectors.errors import TryLater, VendorError
from connectors.limits import Use
from connectors.models import Connection, Store
from connectors.roles import Marketing
from connectors.types import Campaign, ProductSnapshot
from orchestrator.act import suppressions
from orchestrator.act.suppressions import Ledger
from orchestrator.decide import beside, lease
from orchestrator.intake import inbox, known
from orchestrator.models import Suppression
from orchestrator.models.ledger import SuppressionQuerySet
from orchestrator.record import attention, health
from rules import featuring
from rules.compiled import CompiledRule
from rules.decision import Hold
from rules.models import Rule
from rules.recipes import stock_hold
from rules.sentences import excerpt

log = logging.getLogger(__name__)

METHOD = "hold_campaign"
AGAIN = timedelta(minutes=10)
RETRY = timedelta(minutes=1)
GOING_OUT = ("waiting", "running")
Kind = Suppression.SubjectKind


def stores_to_look(now: datetime) -> list[int]:
    return sorted(set(_items(now).values_list("store_id", flat=True).distinct()[:500]))


def look(store: Store, now: datetime) -> int:
    """Answers how many products were looked for."""
    connection = suppressions.account_of(store)
    mine = Suppression.objects.open().filter(store=store, look_at__isnull=False)
    if not _items(now).filter(store=store).exists():
        return 0
    if connection is None:
        return mine.update(look_at=now + AGAIN)
    try:
        campaigns, copies = _read(store, connection)
    except VendorError as error:
        health.fails(connection, error, now)
        after = timedelta(seconds=error.after) if isinstance(error, TryLater) and error.after else RETRY
        return mine.update(look_at=now + after)
    health.works(connection, now)
    return settle(store, connection, campaigns, copies, now)


def _items(now: datetime) -> SuppressionQuerySet:
    return Suppression.objects.open().filter(look_at__lte=now)


def _read(store: Store, connection: Connection) -> tuple[list[Campaign], dict[str, str]]:
    """All campaigns that are not over, and the mail itself of those that go out or are held."""
    vendor = connect.open(connection, use=Use.READING)
    if not isinstance(vendor, Marketing):
        return [], {}
    campaigns = vendor.campaigns()
    held = set(
        Suppression.objects.open()
        .filter(store=store, subject_kind=Kind.CAMPAIGN)
        .values_list("subject", flat=True)
    )
    going = [each for each in campaigns if each.stage in GOING_OUT and each.id not in held]
    ours = [each for each in campaigns if each.id in held]  # somebody may be rewriting them now
    return campaigns, {**dict(vendor.campaign_copy(going)), **dict(vendor.campaign_copy(ours, anew=True))}


def settle(
    store: Store,
    connection: Connection,
    campaigns: Sequence[Campaign],
    copies: Mapping[str, str],
    now: datetime,
) -> int:
    """None of it while another worker decides for the store: it is looked at again."""
    with lease.held(store.pk) as ours:
        if ours is None:
            return 0
        items = list(Suppression.objects.open().filter(store=store, look_at__isnull=False).order_by("pk"))
        walk = Look(store, connection, campaigns, copies, items, now)
        for item in items:
            walk.take(item)
        try:
            with ours.writing():
                walk.save()
        except lease.Lost:
            log.warning("The lease of a store was lost", extra={"store": store.pk})
            return 0
    return len(items)


class Look:
    """One look for all products of a store that are held."""

    def __init__(
        self,
        store: Store,
        connection: Connection,
        campaigns: Sequence[Campaign],
        copies: Mapping[str, str],
        items: Sequence[Suppression],
        now: datetime,
    ) -> None:
        self.store, self.connection, self.now = store, connection, now
        self.campaigns, self.copies = campaigns, copies
        references = {item.reference for item in items}
        self.ledger = Ledger.load(
            store.pk, connection, references=references, subjects={each.id for each in campaigns}
        )
        places = {tuple(each.split(":", 2)) for each in references}
        told = known.snapshots(store.pk, {(vendor, kind, id_) for vendor, kind, id_ in places})
        self.products = {
            f"{vendor}:{each.kind}:{each.id}": each
            for vendor, each in told
            if isinstance(each, ProductSnapshot)
        }
        self.rules = {rule.rule_id: rule for rule in beside.rulebook(store.pk).rules}
        self.proposed: dict[str, tuple[str, list[str]]] = {}  # by campaign: the first clue, all products

    def take(self, item: Suppression) -> None:
        """``item`` as it was read; the ledger's own row says whether it is open still."""
        rule, product = self.rules.get(item.rule_id), self.products.get(item.reference)
        if rule is None or product is None:
            return
        held = {row.subject: row for row in self.ledger.featuring(item)}
        found = self._found(rule, product)
        acts_on = stock_hold.ACTS_ON[rule.params["act_on"]]
        for campaign, match in found.values():
            if campaign.id in held:
                continue
            if match.surety > acts_on:
                self._propose(item, campaign, match)
            elif rule.mode == Rule.Mode.LIVE:
                self._hold(item, rule, campaign, match)
        for subject, row in held.items():
            self._end(row, found.get(subject), acts_on)

    def _found(
        self, rule: CompiledRule, product: ProductSnapshot
    ) -> dict[str, tuple[Campaign, featuring.Match]]:
        mapping = rule.params["campaigns"]
        clues = (
            (each, featuring.match(product, each, mapping, self.copies.get(each.id, "")))
            for each in self.campaigns
        )
        return {each.id: (each, match) for each, match in clues if match}

    def _hold(
        self, item: Suppression, rule: CompiledRule, campaign: Campaign, match: featuring.Match
    ) -> None:
        hold = Hold(
            subject=campaign.id,
            subject_kind=Kind.CAMPAIGN,
            cause=item.cause,
            reference=item.reference,
            method=METHOD,
            source_at=item.source_at,
            told=featuring.told(campaign, match),
        )
        self.ledger.hold(hold, rule, inbox.new_trace(), self.now)

    def _end(
        self, row: Suppression, found: tuple[Campaign, featuring.Match] | None, acts_on: featuring.Surety
    ) -> None:
        """Out, cancelled or deleted; or people took the product out of it."""
        if not any(each.id == row.subject for each in self.campaigns):
            self.ledger.close(row, "campaign_over", self.now)
        elif found is None or found[1].surety > acts_on:
            self.ledger.close(row, "campaign_changed", self.now)

    def _propose(self, item: Suppression, campaign: Campaign, match: featuring.Match) -> None:
        """One line for each campaign, however many products it seems to feature."""
        proposal = self.proposed.setdefault(campaign.id, (featuring.told(campaign, match), []))
        proposal[1].append(item.told)

    def save(self) -> None:
        """Causes, wishes and run log; the caller holds the transaction."""
        self.ledger.save(self.now)
        items = Suppression.objects.open().filter(store=self.store, look_at__isnull=False)
        items.update(look_at=self.now + AGAIN)
        if not shadow.is_on():
            self._tell_proposed()

    def _tell_proposed(self) -> None:
        for campaign, (clue, products) in self.proposed.items():
            others = f" and {len(products) - 1} more are" if len(products) > 1 else " is"
            attention.call(
                "campaign_proposed",
                f"{self.store}: the campaign {clue}, and {excerpt(products[0], 80)}{others} sold out. It is "
                "not held: tag it, name it in the rule, or let the rule act on such clues.",
                now=self.now,
                connection=self.connection,
                reference=self._reference(campaign),
            )
        keep = frozenset(map(self._reference, self.proposed))
        attention.clear("campaign_proposed", now=self.now, store_id=self.store.pk, keep=keep)

    def _reference(self, campaign_id: str) -> str:
        return f"{self.connection.vendor}:campaign:{campaign_id}"
