"""One vendor's connection as a form: its own fields, secrets written and never shown."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django import forms
from django.conf import settings

from connectors import connect, registry, targets, vault
from connectors.models import Connection
from connectors.roles import Storefront
from orchestrator.admin.base import PlainForm

PREFIX = "credential_"
OPTION = "option_"
ANYWAY = "store_anyway"


class ConnectionForm(PlainForm):
    """Subclassed for each vendor by ``form_for``."""

    vendor = ""
    refusal = ""  # why what was posted should not take the place of what works

    api_root = forms.URLField(
        required=False,
        assume_scheme="http",
        label="API root",
        help_text="Only for trying things out: the address of a running sandbox that stands in for the "
        "vendor, such as http://127.0.0.1:9100/gorgias.",
    )

    class Meta:
        model = Connection
        fields = ("store", "is_enabled", "poll_every", "share", "api_root")
        labels = {"store": "Client", "share": "Our share of the limits"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.vendor = self.vendor
        stored = stored_credentials(self.instance)
        for name in connect.credentials_form(self.vendor).base_fields:
            field = self.fields[PREFIX + name]
            if isinstance(field.widget, forms.PasswordInput):
                field.widget.attrs["autocomplete"] = "new-password"
                if name in stored:
                    field.help_text = f"{field.help_text} Stored: leave empty to keep it.".strip()
            else:
                field.initial = stored.get(name, field.initial)
            field.required = field.required and name not in stored
        for name in registry.vendor_class(self.vendor).Options.base_fields:
            self.fields[OPTION + name].initial = self.instance.options.get(name, "")

    def clean_api_root(self) -> str:
        address: str = self.cleaned_data["api_root"]
        if address:
            try:
                targets.check(
                    address,
                    pattern=registry.vendor_class(self.vendor).hosts,
                    allow_loopback=settings.ALLOW_LOOPBACK_VENDORS,
                )
            except ValueError as error:
                raise forms.ValidationError(str(error)) from None
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_store(cleaned)
        self._check_credentials(cleaned)
        if self.refusal:
            self.add_error(ANYWAY, self.refusal)
        return cleaned

    def given(self) -> dict[str, str]:
        """Credentials that were typed in; what was left empty stays as it is stored."""
        names = connect.credentials_form(self.vendor).base_fields
        typed = {name: self.cleaned_data.get(PREFIX + name, "") for name in names}
        return {name: value for name, value in typed.items() if value}

    def options(self) -> dict[str, str]:
        """What staff tell about the account; what is empty is left out."""
        names = registry.vendor_class(self.vendor).Options.base_fields
        return {name: told for name in names if (told := self.cleaned_data.get(OPTION + name, ""))}

    def _check_store(self, cleaned: dict[str, Any]) -> None:
        store, kind = cleaned.get("store"), registry.vendor_class(self.vendor)
        if self.instance.pk or store is None:
            return
        if Connection.objects.filter(store=store, vendor=self.vendor).exists():
            self.add_error("store", f"This client already has a connection to {kind.label}.")
        if kind.role == Storefront.role and store.platform != self.vendor:
            self.add_error("store", f"This client sells with {store.get_platform_display()}.")

    def _check_credentials(self, cleaned: dict[str, Any]) -> None:
        """What the vendor's own form says about all of them together, beside the field it is about."""
        if any(name.startswith(PREFIX) for name in self.errors):
            return
        form = connect.credentials_form(self.vendor)({**stored_credentials(self.instance), **self.given()})
        for name, errors in form.errors.as_data().items():
            self.add_error(PREFIX + name if name in form.fields else None, errors)


def form_for(vendor: str, refusal: str = "") -> type[ConnectionForm]:
    """Raises KeyError when no such vendor exists. With a refusal it asks whether to store all the same."""
    fields = connect.credentials_form(vendor).base_fields
    named = {PREFIX + name: _field(name, field) for name, field in fields.items()}
    options = registry.vendor_class(vendor).Options.base_fields
    named |= {OPTION + name: _field(name, field) for name, field in options.items()}
    if refusal:
        named[ANYWAY] = forms.BooleanField(
            required=False,
            label="Store them all the same",
            help_text="Enter the secrets again, tick this and save.",
        )
    return type("ConnectionForm", (ConnectionForm,), {"vendor": vendor, "refusal": refusal, **named})


def credential_names(vendor: str) -> list[str]:
    return [PREFIX + name for name in connect.credentials_form(vendor).base_fields]


def option_names(vendor: str) -> list[str]:
    return [OPTION + name for name in registry.vendor_class(vendor).Options.base_fields]


def _field(name: str, field: forms.Field) -> forms.Field:
    copied = deepcopy(field)
    copied.label = copied.label or name.replace("_", " ").capitalize().replace("Api ", "API ")
    return copied


def stored_credentials(connection: Connection) -> dict[str, str]:
    """Nothing when the keys do not fit any more: then all of it is asked for again."""
    try:
        return connection.credentials()
    except vault.Unreadable:
        return {}
