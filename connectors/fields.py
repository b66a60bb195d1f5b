"""Form fields for credentials."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator

UNSEEN = re.compile(r"[\r\n\t\u200b-\u200d\u2060\ufeff]")  # what a page or a mail slips into what is copied


class SecretField(forms.CharField):
    """A key or secret: never shown again, and safe to put into a header."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.PasswordInput(render_value=False))
        options.setdefault("max_length", 500)
        super().__init__(**options)
        self.validators.append(
            RegexValidator(
                r"\A[\x21-\x7e]+\Z",
                "Enter it as the vendor shows it: letters, digits and signs, no spaces. "
                "Perhaps something beside it was copied too: copy the value alone.",
            )
        )

    def to_python(self, value: Any) -> Any:
        """A line break in what was pasted never belongs to it; spaces around it are dropped by the base."""
        return super().to_python(UNSEEN.sub("", value) if isinstance(value, str) else value)
