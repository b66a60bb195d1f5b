"""Form fields for credentials."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator


class SecretField(forms.CharField):
    """A key or secret: never shown again, and safe to put into a header."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.PasswordInput(render_value=False))
        options.setdefault("max_length", 500)
        super().__init__(**options)
        self.validators.append(
            RegexValidator(
                r"\A[\x21-\x7e]+\Z", "Enter it as the vendor shows it: letters, digits and signs, no spaces."
            )
        )
