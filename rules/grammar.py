"""Parameters that are a condition or a list of actions: the grammar as fields of a form."""

from __future__ import annotations

from typing import Any

from rules import conditions, steps
from rules.fields import StructureField


class ConditionField(StructureField):
    """A condition as the grammar has it; nothing means always."""

    def to_python(self, value: Any) -> conditions.Condition:
        return conditions.parse(super().to_python(value))


class StepsField(StructureField):
    """A list of actions."""

    def to_python(self, value: Any) -> list[steps.Step]:
        return steps.parse(super().to_python(value))
