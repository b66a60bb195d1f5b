"""What a store's connection is given, in one of three ways."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from connectors.fields import SecretField
from connectors.vendors.shopify.ids import domain

SHOP = r"[a-z0-9][a-z0-9-]*\.myshopify\.com"


class ShopField(forms.CharField):
    """The permanent name of a shop; the part before the dot is enough."""

    def to_python(self, value: Any) -> str:
        return domain(super().to_python(value) or "")


class ShopifyCredentials(forms.Form):
    shop = ShopField(
        max_length=100,
        validators=[
            RegexValidator(
                rf"\A{SHOP}\Z", "Enter the shop's permanent name, such as north-ridge.myshopify.com."
            )
        ],
        help_text="The permanent name that ends with .myshopify.com; Settings, Domains shows it.",
    )
    access_token = SecretField(
        required=False,
        label="access token",
        help_text="Begins with shpat_. Of an app made in the store's admin. Enter this, or a client ID.",
    )
    client_id = forms.CharField(
        required=False,
        max_length=100,
        label="client ID",
        help_text="Of an app from the Dev Dashboard. Enter this, or an access token.",
    )
    client_secret = SecretField(
        label="client secret",
        help_text="Of the same app (“API secret key”). Webhooks are signed with it.",
    )
    refresh_token = SecretField(
        required=False,
        label="refresh token",
        help_text="Only of a public app whose tokens run out after an hour; needs the client ID too.",
    )

    def clean(self) -> dict[str, Any]:
        """One way in: a permanent token, the app's own credentials, or a refresh token with them.

        A token beside a refresh token does no harm: installing an app gives both.
        """
        values = self.cleaned_data
        if "access_token" in self.errors or "client_id" in self.errors:
            return values
        if values.get("refresh_token") and not values.get("client_id"):
            raise ValidationError(
                {"client_id": "Enter the client ID of the app that the refresh token is for."}
            )
        if not values.get("access_token") and not values.get("client_id"):
            raise ValidationError({"access_token": "Enter an access token, or a client ID."})
        if values.get("access_token") and values.get("client_id") and not values.get("refresh_token"):
            raise ValidationError(
                {"client_id": "There is an access token already. Use the token or the client ID, not both."}
            )
        return values
