"""Tables of names and values: a mapping in a file, lines in a form."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from rules.fields import AmountsField, RegionsField, TableField


def test_lines_of_a_form_and_a_mapping_of_a_file_are_the_same():
    field = AmountsField()

    assert field.clean(" usd = 500 \n\nEUR=99.50") == field.clean({"USD": 500, "eur": "99.50"})
    assert field.clean("USD = 500") == {"USD": Decimal(500)}
    assert field.prepare_value({"USD": "500", "EUR": 9}) == "EUR = 9\nUSD = 500"
    assert field.prepare_value("USD = 5") == "USD = 5"


def test_nothing_is_an_empty_table():
    assert TableField(required=False).clean("") == {}
    assert TableField(required=False).clean(None) == {}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (AmountsField(), "USD 500", "has no “=”"),
        (AmountsField(), "USD = 1e9", "Needs an amount"),
        (AmountsField(), "USD = 5\nusd = 6", "twice"),
        (AmountsField(), {"USD": None}, "not nothing"),
        (AmountsField(), {False: 1}, "names are texts"),
        (RegionsField(), "Germany = Europe", "is no country"),
        (RegionsField(), "DE =", "Needs a text for “DE”"),
        (TableField(), " = x", "Needs a text for"),
    ],
)
def test_what_is_wrong_is_said(field, value, told):
    with pytest.raises(ValidationError, match=told):
        field.clean(value)


def test_a_country_may_name_a_province():
    assert RegionsField().clean("us-ca = West\nDE = Europe") == {"US-CA": "West", "DE": "Europe"}
