"""The run log's filters under a name: everybody keeps their own."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from orchestrator.admin import places, scope
from orchestrator.models import RunLogEntry, SavedFilter

KEPT = ("look", "outcome__exact", "kind__exact", "last", "client", "q")  # of an address; no place in the list


class SaveForm(forms.Form):
    name = forms.CharField(max_length=60, label="Name")
    query = forms.CharField(max_length=500)

    def clean_query(self) -> str:
        """As the list understands it, in one order."""
        given = QueryDict(self.cleaned_data["query"].removeprefix("?"))
        kept = QueryDict(mutable=True)
        for name in KEPT:
            if given.get(name):
                kept[name] = given[name]
        if not kept:
            raise forms.ValidationError("Nothing is filtered: choose a filter first, then save it.")
        return kept.urlencode()


def of(request: HttpRequest) -> list[SavedFilter]:
    """In the order of their names."""
    return list(SavedFilter.objects.filter(user=request.user.pk).order_by("name", "id"))


def change(request: HttpRequest) -> HttpResponse:
    """Save the filters of the page, or forget one. The same name again replaces what it meant."""
    if not scope.may_see(request.user, RunLogEntry):
        raise PermissionDenied
    assert isinstance(request.user, User)  # the console is for people who logged in
    if forgotten := request.POST.get("forget", ""):
        if forgotten.isdecimal():
            SavedFilter.objects.filter(user=request.user, pk=forgotten).delete()
        return HttpResponseRedirect(places.list_url(RunLogEntry))
    form = SaveForm(request.POST)
    if not form.is_valid():
        for told in (error for errors in form.errors.values() for error in errors):
            messages.error(request, f"Not saved. {told}")
        return HttpResponseRedirect(places.list_url(RunLogEntry))
    name, query = form.cleaned_data["name"], form.cleaned_data["query"]
    SavedFilter.objects.update_or_create(user=request.user, name=name, defaults={"query": query})
    messages.success(request, f"Saved as “{name}”. It stands under My filters, for you alone.")
    return HttpResponseRedirect(f"{places.list_url(RunLogEntry)}?{query}")
