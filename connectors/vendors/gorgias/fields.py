"""Fields of customers in Gorgias. https://developers.gorgias.com/reference/the-custom-field-object"""

from __future__ import annotations

from typing import Any

from connectors.errors import Refused
from connectors.http import Client
from connectors.values import mapping, text
from connectors.vendors.gorgias import tickets
from connectors.vendors.gorgias.lists import Row, everything

PATH = "/api/custom-fields"
CUSTOMERS = [("object_type", "Customer")]
TEXT = {"data_type": "text", "input_settings": {"input_type": "input"}}


def fill(client: Client, field: Any, customer_id: str, value: str) -> None:
    """The other fields stay as they are; null empties one. Safe to repeat."""
    if not tickets.is_number(customer_id):
        raise Refused("This is no customer number of Gorgias.", code="customer_unknown")
    client.put(f"/api/customers/{customer_id}/custom-fields", json=[{"id": field, "value": value or None}])


def ensure(client: Client, label: str) -> Any:
    """The id of the customers' text field of this name, which is made once."""
    for each in everything(client, PATH, CUSTOMERS):
        if text(each.get("label"), 255).casefold() == label.casefold():
            return _text_field(each, label)
    made = client.post(PATH, json={"object_type": "Customer", "label": label, "definition": TEXT})
    return mapping(made.json).get("id")


def _text_field(row: Row, label: str) -> Any:
    if mapping(row.get("definition")).get("data_type") != "text":
        raise Refused(
            f"The customer field “{label}” in Gorgias does not hold text. Choose another name in the rule.",
            code="field_not_text",
        )
    return row.get("id")
