"""What is mirrored already counts too: sales of the known orders, categories of the known products."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 1000
PACKED = b"\x78\x01"


def _body(stored: Any) -> dict[str, Any]:
    text = bytes(stored)
    return dict(json.loads(zlib.decompress(text) if text.startswith(PACKED) else text))


def _batches(table: Any, **conditions: Any) -> Iterator[list[Any]]:
    """By key, so that memory does not grow with the table."""
    last = 0
    while rows := list(table.objects.filter(pk__gt=last, **conditions).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        yield rows


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Sale = apps.get_model("orchestrator", "Sale")
    for orders in _batches(apps.get_model("orchestrator", "Order"), standing="counted"):
        Sale.objects.bulk_create(
            [
                Sale(
                    store_id=order.store_id,
                    order=order,
                    vendor=order.vendor,
                    product_id=product_id,
                    units=units,
                    placed_at=order.placed_at or order.source_at,
                )
                for order in orders
                for product_id, units in _units(_body(order.body)).items()
            ],
            ignore_conflicts=True,
        )
    Product = apps.get_model("orchestrator", "Product")
    for products in _batches(Product, category=""):
        for product in products:
            told = _body(product.body)
            product.category = (told.get("category") or told.get("product_type") or "")[:200]
        Product.objects.bulk_update([each for each in products if each.category], ["category"])


def _units(order: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in order.get("items", ()):
        if line.get("product_id") and line.get("quantity", 0) > 0:
            found[line["product_id"][:100]] += line["quantity"]
    return found


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0016_sales'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
