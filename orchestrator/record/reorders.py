"""Reorder drafts as CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from import_export import fields, resources

from orchestrator.models import ReorderDraft
from orchestrator.record.export import Moment, Number, Text


class OptionalMoment(Moment):
    """The same, and nothing when it has not come yet."""

    def render(self, value: datetime | None, **options: Any) -> str:
        return super().render(value, **options) if value else ""


class ReorderResource(resources.ModelResource):  # type: ignore[misc]
    """The columns of the export: what they hold, their names and their order."""

    store = fields.Field("store__slug", "store", Text())
    product = fields.Field("reference", "product", Text())
    title = fields.Field("title", "title", Text())
    variant = fields.Field("variant", "variants", Text())
    sku = fields.Field("sku", "sku", Text())
    supplier = fields.Field("supplier", "supplier", Text())
    quantity = fields.Field("quantity", "quantity", Number())
    stock = fields.Field("stock", "stock", Number())
    threshold = fields.Field("threshold", "threshold", Number())
    state = fields.Field("state", "state", Text())
    opened_at = fields.Field("opened_at", "opened_at", Moment())
    recovered_at = fields.Field("recovered_at", "recovered_at", OptionalMoment())

    class Meta:
        model = ReorderDraft
        fields = (
            "store",
            "product",
            "title",
            "variant",
            "sku",
            "supplier",
            "quantity",
            "stock",
            "threshold",
            "state",
            "opened_at",
            "recovered_at",
        )
        export_order = fields


def csv(drafts: QuerySet[ReorderDraft]) -> str:
    return str(ReorderResource().export(drafts.select_related("store")).csv)
