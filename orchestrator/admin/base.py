"""What every page of the console shares: titles, permissions, and that staff see their clients only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, ManyToManyField, Model, Q, QuerySet
from django.forms import BaseInlineFormSet, ModelChoiceField, ModelForm, ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from orchestrator.admin import changelist, places, scope
from rules import subjects

if TYPE_CHECKING:
    PlainAdmin = admin.ModelAdmin[Any]
    PlainForm = ModelForm[Any]
    PlainInline = admin.TabularInline[Any, Any]
    PlainFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    PlainAdmin = admin.ModelAdmin
    PlainForm = ModelForm
    PlainInline = admin.TabularInline
    PlainFormSet = BaseInlineFormSet


FEW = 20  # clients of which a list looks for the newest rows one by one


class ConsoleAdmin(PlainAdmin):
    """A list is titled by what it holds; filtering goes by the filters on the page and nothing else."""

    list_title = ""  # where the plural of the model says too little
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    empty_value_display = "–"
    list_defer: Sequence[str] = ()  # columns that a list does not show and a page may need
    keyset_field = ""  # set it on lists that grow without end: they page without counting
    empty_list = "Nothing here."  # what an empty list says: the next action

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return changelist.KeysetChangeList if self.keyset_field else changelist.ConsoleChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = self.list_title or str(self.opts.verbose_name_plural)
        context = {"title": title[:1].upper() + title[1:], "empty_list": self.empty_list}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """A page is titled by what it shows."""
        context["show_save_and_add_another"] = False
        if obj is not None:
            context["title"] = self.page_title(obj)
            context["has_history"] = self.has_change_permission(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, *_: Any) -> HttpResponse:
        """Somebody else's row and no row at all look the same."""
        raise Http404

    def page_title(self, row: Any) -> str:
        return str(row)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the filters of the page offer: columns cannot be probed through the address."""
        if request is None:
            return False
        return lookup in {name for each in self.get_list_filter(request) for name in _parameters(each)}

    def object_or_404(self, request: HttpRequest, object_id: str) -> Any:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    def object_to_change(self, request: HttpRequest, object_id: str) -> Any:
        """For pages of our own that change something."""
        found = self.object_or_404(request, object_id)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        return found


class PanelPage(ConsoleAdmin):
    """A row's page that shows more than its form: what ``panel_context`` answers goes to the template."""

    def panel_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """``row`` is as it is stored, also while the form of it is refused."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        more = self.panel_context(request, row) if row is not None else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


class ScopedAdmin(ConsoleAdmin):
    """Rows, choices, autocompletes and actions are limited to the clients that the user is given."""

    store_path = "store"
    verbs: Sequence[str] = ("view", "add", "change", "delete")  # permissions that mean something here

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return scope.limit(super().get_queryset(request), self.store_path, request.user)

    def parts(self, request: HttpRequest) -> list[int]:
        """The clients of somebody who sees few of them; empty: what they see is not looked for one by one."""
        if scope.is_administrator(request.user) or self.store_path != "store":
            return []
        known = [client.pk for client in scope.clients(request)]
        return known if len(known) <= FEW else []

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        kwargs.setdefault("queryset", self._choices(db_field.related_model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        kwargs.setdefault("queryset", self._choices(db_field.related_model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _choices(self, model: Any, request: HttpRequest) -> QuerySet[Any]:
        """Whatever the page of that model shows; a model without a page offers nothing."""
        page = self.admin_site._registry.get(model)
        return page.get_queryset(request) if page else model._default_manager.none()


class ReadOnlyAdmin(ScopedAdmin):
    """A ledger: it can be read, and that is all."""

    verbs: Sequence[str] = ("view",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="Client")
    def client(self, row: Any) -> str:
        return row.store.name if row.store else "–"

    @admin.display(description="Client")
    def client_link(self, row: Any) -> SafeString | str:
        return places.link(row.store) if row.store else "–"

    @admin.display(description="Rule")
    def rule_link(self, row: Any) -> SafeString | str:
        return places.link(row.rule) if row.rule else "–"

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may start an action on rows that nobody can edit."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Exact only: an index answers that, however long the ledger is. Addresses are in small letters."""
        term = search_term.strip()
        asked = subjects.typed(term) or term
        wanted = [Q(**{field: asked}) for field in self.fields_for(asked)]
        return queryset.filter(reduce(or_, wanted)) if term and wanted else queryset, False

    def fields_for(self, term: str) -> Sequence[str]:
        """Where this may stand."""
        return self.search_fields


class AdministratorsOnly(ConsoleAdmin):
    """What concerns the whole installation, and so every client."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_administrator(request)


class LabelledFormSet(PlainFormSet):
    """Rows of a table have no labels of their own: screen readers are told the column."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            field.widget.attrs.setdefault("aria-label", str(field.label or name.capitalize()))


class LabelledInline(PlainInline):
    formset = LabelledFormSet
    extra = 0


def _is_administrator(request: HttpRequest) -> bool:
    return scope.is_administrator(request.user)


def _parameters(list_filter: Any) -> Sequence[str]:
    """The names in the address that a filter answers to."""
    if isinstance(list_filter, type):
        return [str(getattr(list_filter, "parameter_name", ""))]
    field = list_filter[0] if isinstance(list_filter, tuple | list) else list_filter
    return [f"{field}{ending}" for ending in ("__exact", "__isnull", "__id__exact")]
