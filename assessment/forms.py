"""The forms of the public pages. None trusts its browser; all keep what was typed when they refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assessment.catalog import Question
from assessment.models import Assessment, AuditRequest
from assessment.money import MoneyField, shown
from assessment.revenue import LEAST_ABANDONMENT, LEAST_RECOVERY, MOST_ABANDONMENT, MOST_RECOVERY
from assessment.scoring import NO, UNSURE, YES

if TYPE_CHECKING:
    PlainForm = forms.ModelForm[Any]
else:
    PlainForm = forms.ModelForm
TOOLS = {
    "klaviyo": "Klaviyo",
    "gorgias": "Gorgias",
    "slack": "Slack",
    "sms": _("An SMS tool"),
    "email": _("Another e-mail tool"),
    "helpdesk": _("Another helpdesk"),
    "stock": _("An inventory tool"),
}


class Trap(forms.Form):
    """A field that people do not see and robots fill."""

    website = forms.CharField(required=False, label=_("Leave this empty"), max_length=200)

    @property
    def is_sprung(self) -> bool:
        return bool(self.data.get("website"))


class CurrencyField(forms.CharField):
    """Small letters and spaces are no reason to refuse it."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).strip().upper()

    def validate(self, value: str) -> None:
        super().validate(value)
        if not (len(value) == 3 and value.isascii() and value.isalpha()):
            raise forms.ValidationError(_("Write the three letters of the currency, such as USD."))


class ProfileForm(PlainForm):
    revenue = MoneyField(
        label=_("Yearly revenue"),
        required=False,
        help_text=_("Digits such as 250,000 or 1.5m. Leave it empty to skip the estimate."),
    )
    tools = forms.MultipleChoiceField(
        label=_("Tools in use"),
        choices=list(TOOLS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    currency = CurrencyField(label=_("Currency"), help_text=_("Three letters, such as USD or EUR."))

    class Meta:
        model = Assessment
        fields = (
            "store_name",
            "platform",
            "revenue",
            "revenue_kind",
            "currency",
            "country",
            "team_size",
            "tools",
            "other_tools",
        )
        labels = {
            "store_name": _("Name of the store"),
            "platform": _("Shop platform"),
            "revenue_kind": _("That figure is"),
            "team_size": _("People who run the store"),
            "other_tools": _("Other tools"),
            "country": _("Country you sell from"),
        }
        help_texts = {
            "revenue_kind": _("If you do not know, keep “started checkouts”: the smaller estimate."),
            "other_tools": _("Names, separated by commas."),
        }
        widgets = {"revenue_kind": forms.RadioSelect, "country": forms.TextInput}

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        if self.instance.revenue is not None:
            self.initial["revenue"] = shown(self.instance.revenue)
        self.fields["platform"].required = True
        self.fields["platform"].error_messages["required"] = str(_("Choose your shop platform."))
        self.fields["store_name"].widget.attrs["autocomplete"] = "organization"
        self.fields["country"].widget.attrs["autocomplete"] = "country-name"
        self.fields["currency"].widget.attrs |= {"maxlength": 5, "autocapitalize": "characters"}
        kinds = self.fields["revenue_kind"]
        if isinstance(kinds, forms.ChoiceField):
            kinds.choices = Assessment.RevenueKind.choices

    def clean_revenue_kind(self) -> str:
        return str(self.cleaned_data["revenue_kind"] or Assessment.RevenueKind.STARTED)


class QuestionsForm(forms.Form):
    """One page of questions, each answered with yes, no or not sure."""

    CHOICES = ((YES, _("Yes")), (NO, _("No")), (UNSURE, _("Not sure")))

    def __init__(
        self, questions: Iterable[tuple[int, Question]], answers: Mapping[str, str], data: Any = None
    ) -> None:
        super().__init__(data, initial=dict(answers), label_suffix="")
        self.questions = dict(questions)
        for number, question in self.questions.items():
            self.fields[question.slug] = forms.ChoiceField(
                choices=self.CHOICES,
                label=f"{number}. {question.text}",
                help_text=str(question.check),
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Question %(number)s: choose yes, no or not sure.") % {"number": number},
                    "invalid_choice": _("Question %(number)s: choose yes, no or not sure.")
                    % {"number": number},
                },
            )

    def answered(self) -> dict[str, str]:
        """What was answered so far, also on a page with something left out."""
        return {slug: value for slug, value in getattr(self, "cleaned_data", {}).items() if value}


class EstimateForm(forms.Form):
    """The inputs of the estimate, sent with GET: they change the page and nothing that is stored."""

    revenue = MoneyField(label=_("Yearly figure"), required=True)
    abandonment = forms.DecimalField(
        label=_("Abandoned, %"),
        min_value=LEAST_ABANDONMENT,
        max_value=MOST_ABANDONMENT,
        max_digits=5,
        decimal_places=2,
    )
    recovery = forms.DecimalField(
        label=_("Recovered, %"),
        min_value=LEAST_RECOVERY,
        max_value=MOST_RECOVERY,
        max_digits=5,
        decimal_places=2,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)

    def clean_revenue(self) -> Decimal:
        value = self.cleaned_data["revenue"]
        if value is None:
            raise forms.ValidationError(_("Write a yearly figure, such as 250,000."))
        return Decimal(value)


class AuditForm(PlainForm):
    class Meta:
        model = AuditRequest
        fields = ("name", "email", "note")
        labels = {"name": _("Your name"), "email": _("E-mail"), "note": _("What should we look at?")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "note": forms.Textarea(attrs={"rows": 4, "maxlength": 1000}),
        }

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)
