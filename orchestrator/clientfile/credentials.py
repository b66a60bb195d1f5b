"""Credentials in a client file: as they are or as env:NAME, completed by what is stored, never shown."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from orchestrator.clientfile import reading
from orchestrator.clientfile.parts import Part
from orchestrator.clientfile.problems import Problems
from orchestrator.clientfile.reading import Node
from orchestrator.clientfile.values import Value

FROM_ENVIRONMENT = "env:"


def is_secret(field: forms.Field) -> bool:
    """Fields that the admin never shows are not shown here either."""
    return isinstance(field.widget, forms.PasswordInput)


def field_value(field: forms.Field, environ: Mapping[str, str]) -> Value:
    """The check of one credential. Its sentences never quote the value."""

    def check(node: Node) -> str:
        value = _resolved(_text(node), environ)
        if not value and field.required:
            raise ValueError("It is empty; leave the key out to keep what is stored.")
        if not value.isprintable():
            raise ValueError("It holds line breaks or other control characters; was it copied in full?")
        return value

    return check


def _text(node: Node) -> str:
    if isinstance(node.value, str):
        return node.value.strip()
    if node.value is None:
        raise ValueError("It has no value; leave the key out to keep what is stored.")
    if isinstance(node.value, list | dict):
        raise ValueError(f"It has to be a text, not {reading.kind(node)}.")
    raise ValueError(f"YAML reads it as {reading.kind(node)}, not as a text; put it in quotes.")


def _resolved(value: str, environ: Mapping[str, str]) -> str:
    if not value.startswith(FROM_ENVIRONMENT):
        return value
    name = value.removeprefix(FROM_ENVIRONMENT).strip()
    if not name:
        raise ValueError("“env:” needs the name of an environment variable, such as env:NR_GORGIAS_KEY.")
    found = environ.get(name, "").strip()
    if not found:
        raise ValueError(f"The environment variable {name} is not set; set it and apply again.")
    return found


def told(form: forms.Form, given: Part, problems: Problems) -> None:
    """What the vendor's form says against the credentials, each at its line."""
    for name, errors in form.errors.as_data().items():
        if name in given.lines and name not in given.values:
            continue  # told when the file was read
        for error in errors:
            missing = error.code == "required"
            said = ["It is missing, and none is stored."] if missing else error.messages
            title = "credentials" if name == "__all__" else name
            problems.add(given.line_of(name), f"{title}: {' '.join(said)}")
