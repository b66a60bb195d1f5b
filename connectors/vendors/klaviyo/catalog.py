"""Items of the account's own catalog, by the id that the storefront gives a product.

What Klaviyo's storefront integrations sync is neither shown nor changed over the API.
https://developers.klaviyo.com/en/reference/catalogs_api_overview
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from connectors.roles import Marketing
from connectors.values import text
from connectors.vendors.klaviyo.api import any_of, attributes, everything, in_filters, needing, segment

PREFIX = "$custom:::$default:::"
ITEMS = 100  # the most on a page


class Catalog(Marketing):
    item_batch: ClassVar[int] = ITEMS

    def catalog_items(self, product_ids: Sequence[str]) -> dict[str, bool]:
        found: dict[str, bool] = {}
        with needing("catalogs:read"):
            for group in in_filters([f"{PREFIX}{each}" for each in product_ids]):
                asked = {"filter": any_of("ids", group), "page[size]": ITEMS}
                for each in everything(self.client, "/api/catalog-items", asked):
                    product = text(each.get("id"), 200).removeprefix(PREFIX)
                    found[product] = attributes(each).get("published") is not False
        return found

    def show_item(self, product_id: str, is_shown: bool) -> None:
        item_id = f"{PREFIX}{product_id}"
        body = {"data": {"type": "catalog-item", "id": item_id, "attributes": {"published": is_shown}}}
        with needing("catalogs:write"):
            self.client.patch(f"/api/catalog-items/{segment(item_id)}", json=body)
