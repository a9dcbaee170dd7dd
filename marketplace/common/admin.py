"""What every ModelAdmin of the project builds on: fast on large tables, and writing by services.

    @admin.register(Shop)
    class ShopAdmin(ModelAdmin[Shop]):
        actions = ["approve", "reject"]

        @row_action(description="Approve selected shops", permissions=["moderate"])
        def approve(self, request: HttpRequest, shop_id: UUID) -> None:
            approve_shop(shop_id, actor=staff(request))

        @reason_action(description="Reject selected shops…", permissions=["moderate"])
        def reject(self, request: HttpRequest, shop_id: UUID, reason: str) -> None:
            reject_shop(shop_id, actor=staff(request), reason=reason)

Conventions: foreign keys become raw-id fields by themselves, unless named in
`autocomplete_fields`; search exact columns with `=` (ids are found by `id_fields`); order by `-id`;
never filter by a foreign key to a large table; pass `list_select_related` for every relation that
`list_display` follows. Amounts are shown with their currency and relations as links by themselves.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import BigIntegerField, ForeignKey, JSONField, Model, Q, QuerySet, URLField
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from marketplace.common.audit.constants import Operation
from marketplace.common.audit.context import origin_of
from marketplace.common.audit.history import HistoryAdmin
from marketplace.common.audit.services import record_event
from marketplace.common.errors import DomainError
from marketplace.common.money import InvalidAmount, display_amount, parse_amount
from marketplace.common.personal import NAMES, NESTED, columns_of, mask_display, may_see

M = TypeVar("M", bound=Model)

# Beyond this an exact count says nothing more to a person, and costs a scan.
COUNT_CAP = 10_000
MAX_ACTION_ROWS = 100
MAX_REASON_LENGTH = 500


class EstimatingPaginator(Paginator):
    """Counts at most COUNT_CAP rows; a whole large table by PostgreSQL's own estimate."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if not rows.query.where and not rows.query.distinct:
            estimate = _estimated_rows(rows)
            if estimate > COUNT_CAP:
                return estimate
        return int(rows.order_by()[:COUNT_CAP].count())


def _estimated_rows(rows: QuerySet[Any]) -> int:
    """What autovacuum last counted; -1 for a table that it has not seen."""
    with connections[rows.db].cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
            [f'"{rows.model._meta.db_table}"'],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else -1


def link_to(row: Model | None, text: object = None) -> str | None:
    """Return a link to the row's own page; its text alone where it has none."""
    if row is None:
        return None
    shown = row if text is None else text
    try:
        url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return str(shown)
    return format_html('<a href="{}">{}</a>', url, shown)


def opens(name: str) -> Any:
    """Show a field of an inline's row as a link to the row."""

    @admin.display(description=name.replace("_", " "))
    def shown(row: Any) -> str | None:
        return link_to(row, getattr(row, name) or "-")

    shown.__name__ = name
    return shown


@cache
def _readable(model: type[Model], name: Any, *, in_list: bool) -> Any:
    """Return what shows the field to people, or the name itself where Django's own way is good.

    Kept, because Django compares the fields that it was told at several moments.
    """
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    label = str(getattr(field, "verbose_name", name))
    if isinstance(field, BigIntegerField) and (name == "amount" or name.endswith("_amount")):

        @admin.display(description=label.removesuffix(" amount"), ordering=name)
        def shown(row: Any) -> str | None:
            amount = getattr(row, name)
            return "-" if amount is None else display_amount(amount, getattr(row, "currency", None))

    elif isinstance(field, JSONField):

        @admin.display(description=label)
        def shown(row: Any) -> str | None:
            return _as_lines(getattr(row, name))

    elif isinstance(field, ForeignKey) and in_list:

        @admin.display(description=label)
        def shown(row: Any) -> str | None:
            return link_to(getattr(row, name))

    else:
        return name
    shown.__name__ = name
    return shown


def _as_lines(value: Any) -> str:
    if not value:
        return "-"
    if isinstance(value, dict) and not any(isinstance(v, (dict, list)) for v in value.values()):
        lines = ((capfirst(key.replace("_", " ")), v) for key, v in value.items() if v != "")
        return format_html_join("", "{}: {}<br>", lines)
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


class ModelAdmin(HistoryAdmin, admin.ModelAdmin[M]):
    """Base of every admin of the project."""

    list_per_page = 50
    show_full_result_count = False
    # Facets would count the whole table once for each choice of each filter.
    show_facets = admin.ShowFacets.NEVER
    paginator = EstimatingPaginator
    save_on_top = False
    formfield_overrides: ClassVar[dict[Any, dict[str, Any]]] = {
        URLField: {"assume_scheme": "https"}
    }
    # Columns that no page shows: a filter in the address bar must not tell them bit by bit.
    hidden_fields: tuple[str, ...] = ()
    # Where an id in the search box may stand; each needs an index.
    id_fields: ClassVar[Sequence[str]] = ("pk",)
    # Rows that wait for staff, as the start of the console shows them: a title, and the filter of
    # the list, which needs an index.
    waiting: tuple[str, dict[str, Any]] | None = None

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        found = [mask_display(self.model, name) for name in super().get_list_display(request)]
        first, *others = found
        rest = [_readable(self.model, name, in_list=True) for name in others]
        return [_readable(self.model, first, in_list=False), *rest]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_fieldsets(self, request: HttpRequest, obj: M | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or may_see(request.user):
            return fieldsets
        return [
            (title, {**options, "fields": [self._masked(name) for name in options["fields"]]})
            for title, options in fieldsets
        ]

    def _masked(self, entry: Any) -> Any:
        if isinstance(entry, list | tuple):
            return [self._masked(name) for name in entry]
        return mask_display(self.model, entry)

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *self.masked_fields(request, obj)]

    def masked_fields(self, request: HttpRequest, obj: M | None) -> list[Any]:
        """Return what may be neither seen nor written on this row's page."""
        if obj is None or may_see(request.user):
            return []
        return [mask_display(self.model, name) for name in columns_of(self.model)]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        if obj is not None and request.method == "GET" and self.unmasks(request):
            record_event(
                Operation.UNMASKED,
                origin=origin_of(request),
                actor_id=request.user.pk,
                object_type=self.opts.label_lower,
                object_id=obj.pk,
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def unmasks(self, request: HttpRequest) -> bool:
        """Tell whether a row's page shows the caller how to reach somebody."""
        return bool(columns_of(self.model)) and may_see(request.user)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        names = lookup.split("__")
        if names[0] in self.hidden_fields:
            return False
        # Otherwise a filter in the address bar tells bit by bit what is masked.
        if not (NAMES | NESTED).isdisjoint(names) and not may_see(request.user):
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """An id is looked up by index; Django's own `=id` compares texts, which reads all rows."""
        term = search_term.strip()
        try:
            identifier = UUID(term)
        except ValueError:
            return self.get_text_results(request, queryset, term)
        where = Q()
        for name in self.id_fields:
            where |= Q(**{name: identifier})
        return queryset.filter(where), False

    def get_text_results(
        self, request: HttpRequest, queryset: QuerySet[M], term: str
    ) -> tuple[QuerySet[M], bool]:
        """Search for what is not an id."""
        return super().get_search_results(request, queryset, term)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """A select box would load the whole other table; show its id instead."""
        if (
            "widget" not in kwargs
            and db_field.name not in self.get_autocomplete_fields(request)
            and db_field.name not in self.radio_fields
        ):
            kwargs["widget"] = ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin:
    """Mix in before ModelAdmin: rows can be looked at, and changed by nothing but actions."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_fields(request, obj)  # type: ignore[misc]
        model = self.model  # type: ignore[attr-defined]
        return [_readable(model, name, in_list=False) for name in names if name != "currency"]


class RowsInline(ReadOnlyAdmin, admin.TabularInline[Any, Any]):
    """Rows below another's page, to be looked at."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the relations that are shown: queries must not grow with the rows."""
        relations = {field.name for field in self.model._meta.fields if field.is_relation}
        shown = relations & {name for name in self.fields or () if isinstance(name, str)}
        queryset = super().get_queryset(request)
        return queryset.select_related(*sorted(shown)) if shown else queryset


class NoDeleteAdmin:
    """Mix in before ModelAdmin: rows are archived or closed by services, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ServiceFormAdmin:
    """Mix in before ModelAdmin where `save_model` calls a service: its refusal is a message."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            # Atomic as a whole: what was written before the refusal is undone.
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())


class IdSearchAdmin:
    """Mix in before ModelAdmin: what is not an id goes to `found(queryset, term)`."""

    # Only shows the search box.
    search_fields: Any = ("id",)

    def get_text_results(
        self, request: HttpRequest, queryset: QuerySet[Any], term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (self.found(queryset, term) if term else queryset), False

    def found(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Return the rows that a text other than an id finds; none unless overridden."""
        return queryset.none()


class ReasonForm(forms.Form):
    """The reason that an action asks for; it is kept and may be shown to the person it hits."""

    reason = forms.CharField(
        max_length=MAX_REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 4, "cols": 80})
    )


class AmountFormField(forms.CharField):
    """Money above zero, typed in the currency's digits; cleaned to smallest units, or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            amount = parse_amount(text)
        except InvalidAmount as error:
            raise forms.ValidationError(str(error)) from error
        if amount <= 0:
            raise forms.ValidationError("Type an amount above zero.")
        return amount


def staff(request: HttpRequest) -> Any:
    """Return the signed-in member of staff; the admin lets nobody else in."""
    return request.user


def row_action(
    *, description: str, permissions: Sequence[str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make `method(self, request, row_id)` an action that calls it for each selected row.

    A DomainError of one row becomes a message and does not undo the others.
    """

    def decorate(method: Callable[..., None]) -> Callable[..., None]:
        @wraps(method)
        def action(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
            rows = _selected(self, request, queryset)
            _for_each(self, request, rows, lambda row: method(self, request, row.pk), description)

        return admin.action(description=description, permissions=permissions)(action)

    return decorate


def reason_action(
    *, description: str, permissions: Sequence[str]
) -> Callable[[Callable[..., None]], Callable[..., TemplateResponse | None]]:
    """Make `method(self, request, row_id, reason)` an action that first asks for a reason.

    The page between shows the selected rows and a text field; it needs no JavaScript.
    """

    def decorate(method: Callable[..., None]) -> Callable[..., TemplateResponse | None]:
        @wraps(method)
        def action(
            self: Any, request: HttpRequest, queryset: QuerySet[Any]
        ) -> TemplateResponse | None:
            rows = _selected(self, request, queryset)
            if not rows:
                return None
            form = ReasonForm(request.POST if "reason" in request.POST else None)
            if not form.is_valid():
                return _ask_reason(self, request, rows, form, method.__name__, description)
            reason = form.cleaned_data["reason"]
            _for_each(
                self,
                request,
                rows,
                lambda row: method(self, request, row.pk, reason),
                f"{description} {reason}",
            )
            return None

        return admin.action(description=description, permissions=permissions)(action)

    return decorate


def _selected(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> list[Any]:
    rows = list(queryset.order_by("pk")[: MAX_ACTION_ROWS + 1])
    if len(rows) > MAX_ACTION_ROWS:
        model_admin.message_user(
            request, f"Select at most {MAX_ACTION_ROWS} rows at a time.", messages.ERROR
        )
        return []
    return rows


def _for_each(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    rows: list[Any],
    work: Callable[[Any], None],
    note: str,
) -> None:
    """Do the work row by row; what was done stands in the row's history, with the reason."""
    done = 0
    for row in rows:
        try:
            work(row)
            model_admin.log_change(request, row, note)
            done += 1
        except DomainError as error:
            model_admin.message_user(request, f"{row}: {error}", messages.ERROR)
    if done:
        noun = "row" if done == 1 else "rows"
        model_admin.message_user(request, f"Done for {done} {noun}.", messages.SUCCESS)


def _ask_reason(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    rows: list[Any],
    form: ReasonForm,
    name: str,
    description: str,
) -> TemplateResponse:
    return TemplateResponse(
        request,
        "admin/reason_action.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": description.rstrip("…"),
            "opts": model_admin.model._meta,
            "rows": rows,
            "form": form,
            "action": name,
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        },
    )
