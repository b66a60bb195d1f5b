"""Form fields for parameters that are more than a text or a number in the client file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from rules.sentences import excerpt, quoted

DEEPEST = 20
LARGEST = 2**53  # beyond this, JSON numbers are not exact everywhere


def shown(value: Any) -> str:
    """A wrong value as a sentence names it, cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list | tuple):
        return "names and values" if isinstance(value, Mapping) else "a list"
    if not isinstance(value, str):
        is_number = isinstance(value, int | float)
        return f"the number {excerpt(str(value), 40)}" if is_number else f"a {type(value).__name__}"
    return quoted(excerpt(value, 40))


def not_json(value: Any, depth: int = 0) -> str:
    """What in a value could not be stored as JSON by every database, "" when nothing."""
    if depth > DEEPEST:
        return f"Is nested deeper than {DEEPEST} levels."
    if isinstance(value, Mapping):
        return next((p for pair in value.items() for p in _parts_not_json(pair, depth)), "")
    if isinstance(value, list | tuple):
        return next((problem for each in value if (problem := not_json(each, depth + 1))), "")
    if isinstance(value, str):
        return "Holds characters that cannot be stored." if _is_unstorable(value) else ""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return "" if -LARGEST <= value <= LARGEST else "Holds a number that cannot be stored exactly."
    return f"Holds a {type(value).__name__}; put it in quotes to make it a text."


def _parts_not_json(pair: tuple[Any, Any], depth: int) -> list[str]:
    name, value = pair
    if not isinstance(name, str):
        return [f"Holds the name {shown(name)}; names are texts, put it in quotes."]
    return [problem for each in (name, value) if (problem := not_json(each, depth + 1))]


def _is_unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def is_one_of(value: Any, types: tuple[type, ...]) -> bool:
    """Python takes true for a number, JSON does not."""
    return isinstance(value, types) and not (isinstance(value, bool) and bool not in types)


class JsonField(forms.Field):
    """A field that says which JSON values it takes; a form posts the same thing as text."""

    types: tuple[type, ...] = ()
    noun = ""


class TextListField(JsonField):
    """Several texts: a list in a file, lines or commas in a form."""

    types = (list, tuple)
    noun = "a list of texts"

    def to_python(self, value: Any) -> list[str]:
        given = re.split(r"[,\n]", value) if isinstance(value, str) else list(value or ())
        for each in given:
            if not isinstance(each, str):
                raise ValidationError(f"Needs a list of texts; {shown(each)} is not a text.")
        if problem := not_json(given):
            raise ValidationError(problem)
        return list(dict.fromkeys(text for each in given if (text := each.strip())))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


class NameOrIdField(JsonField):
    """A name, or a number that a vendor gave."""

    types = (str, int)
    noun = "a name or an id"

    def to_python(self, value: Any) -> str:
        if problem := not_json(value):
            raise ValidationError(problem)
        return "" if value is None else str(value).strip()


class AddressField(forms.CharField):
    """A web address that customers can open."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=2000, **options)

    def clean(self, value: Any) -> str:
        address = str(super().clean(value))
        if address and not re.fullmatch(r"https://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?", address):
            raise ValidationError(f"Needs an address that begins with https://, not {shown(address)}.")
        return address


class TableField(JsonField):
    """Names and their values: a mapping in a file, lines such as ``USD = 500`` in a form."""

    types = (dict,)
    noun = "names and values"
    widget = forms.Textarea(attrs={"rows": 5})

    def to_python(self, value: Any) -> dict[str, Any]:
        pairs = self._lines(value) if isinstance(value, str) else list((value or {}).items())
        if problem := not_json(dict(pairs)):
            raise ValidationError(problem)
        found: dict[str, Any] = {}
        for name, given in (self.row(name.strip(), given) for name, given in pairs):
            if name in found:
                raise ValidationError(f"Names {shown(name)} twice.")
            found[name] = given
        return found

    def row(self, name: str, value: Any) -> tuple[str, Any]:
        """One pair as it is kept. Raises ValidationError."""
        if not isinstance(value, str) or not (name and value.strip()):
            raise ValidationError(f"Needs a text for {shown(name)}, not {shown(value)}.")
        return name, value.strip()

    def prepare_value(self, value: Any) -> Any:
        """In order of the names: a database may keep a mapping in an order of its own."""
        if isinstance(value, Mapping):
            return "\n".join(f"{name} = {each}" for name, each in sorted(value.items()))
        return value

    def _lines(self, text: str) -> list[tuple[str, str]]:
        lines = [line for line in text.splitlines() if line.strip()]
        if wrong := next((line for line in lines if "=" not in line), ""):
            raise ValidationError(f"Write each line as NAME = VALUE; {shown(wrong)} has no “=”.")
        return [(name.strip(), value.strip()) for name, _, value in (line.partition("=") for line in lines)]


class AmountsField(TableField):
    """An amount of money for each currency, such as ``USD = 500``."""

    noun = "currencies and an amount for each"

    def row(self, name: str, value: Any) -> tuple[str, Decimal]:
        currency = name.upper()
        if not re.fullmatch("[A-Z]{3}", currency):
            raise ValidationError(f"{shown(name)} is no currency. Use its three letters, such as USD.")
        given = str(value).strip() if is_one_of(value, (int, float, str)) else ""
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,4})?", given):
            raise ValidationError(f"Needs an amount such as 500 or 99.50 for {currency}, not {shown(value)}.")
        return currency, Decimal(given)


class RegionsField(TableField):
    """A region for each country or province, such as ``US-CA = West``."""

    noun = "countries (or country and province) and a region for each"

    def row(self, name: str, value: Any) -> tuple[str, str]:
        code = name.upper()
        if not re.fullmatch("[A-Z]{2}(-[A-Z0-9]{1,6})?", code):
            raise ValidationError(
                f"{shown(name)} is no country. Use its two letters, such as US, or with a province: US-CA."
            )
        return super().row(code, value)


class NamesField(TableField):
    """One or more names for each name, such as ``SKU-1 = Summer sale, Newsletter``."""

    noun = "names, and names for each"

    def row(self, name: str, value: Any) -> tuple[str, list[str]]:
        given = value.split(",") if isinstance(value, str) else value
        if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
            raise ValidationError(f"Needs one or more texts for {shown(name)}, not {shown(value)}.")
        names = list(dict.fromkeys(text for each in given if (text := each.strip())))
        if not (name and names):
            raise ValidationError(f"Needs one or more texts for {shown(name)}, not {shown(value)}.")
        return name, names

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return "\n".join(f"{name} = {', '.join(each)}" for name, each in sorted(value.items()))
        return value


class StructureField(JsonField):
    """A JSON value of some structure."""

    def __init__(self, *, types: tuple[type, ...], noun: str, **options: Any) -> None:
        super().__init__(**options)
        self.types = types
        self.noun = noun

    def to_python(self, value: Any) -> Any:
        """The value as plain JSON; the initial one when nothing was given."""
        if value is None or value == "":
            return self.initial
        if problem := not_json(value):
            raise ValidationError(problem)
        if not is_one_of(value, self.types):
            raise ValidationError(f"Needs {self.noun}, not {shown(value)}.")
        return value
