"""The log of changes in the console: to be read, searched and exported."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from marketplace.common.admin import IdSearchAdmin, ModelAdmin, ReadOnlyAdmin
from marketplace.common.audit.constants import Operation
from marketplace.common.audit.context import origin_of
from marketplace.common.audit.exports import exported_entries
from marketplace.common.audit.models import Entry
from marketplace.common.audit.services import record_event
from marketplace.common.phones import normalise_phone

MAX_SHOWN = 60


class TypeFilter(admin.SimpleListFilter):
    """By what was changed, as far as it occurs."""

    title = "object"
    parameter_name = "object_type"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return sorted(((name, _kind(name)) for name in Entry.objects.types()), key=lambda i: i[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


class DayFilter(admin.SimpleListFilter):
    """One day, typed or picked."""

    title = "day"
    parameter_name = "day"
    template = "admin/day_filter.html"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("", "")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        others = changelist.get_filters_params()
        yield {"others": [(name, values[-1]) for name, values in others.items()]}

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Entry]:
        if not self.value():
            return queryset  # type: ignore[no-any-return]
        try:
            day = date.fromisoformat(self.value() or "")
            return queryset.on_day(day)  # type: ignore[no-any-return]
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters from error


@admin.register(Entry)
class EntryAdmin(IdSearchAdmin, ReadOnlyAdmin, ModelAdmin[Entry]):
    """Every change by staff, sellers and operators; nothing in it is ever changed."""

    change_list_template = "admin/audit_list.html"
    list_display = ["created_at", "actor", "operation", "object", "what", "via", "ip_address"]
    list_filter = [DayFilter, "actor_kind", "operation", TypeFilter]
    id_fields = ("object_id", "actor_id", "request_id")
    search_help_text = (
        "The id of a row, user or request; who acted: a whole phone number or e-mail address."
    )
    ordering = ["-id"]
    fields = [
        *("created_at", "actor", "operation", "object", "table", "via", "ip_address"),
        "request_id",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        entries: Any = super().get_queryset(request)
        return entries.with_actor_name()  # type: ignore[no-any-return]

    def found(self, queryset: QuerySet[Entry], term: str) -> QuerySet[Entry]:
        try:
            identifier = normalise_phone(term)
        except ValueError:
            identifier = term
        users: Any = get_user_model()._default_manager
        actors = list(users.identified_by(identifier).values_list("pk", flat=True))
        return queryset.filter(actor_id__in=actors) if actors else queryset.filter(request_id=term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return list(self.fields or ())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.get_fields(request), "id"]

    @admin.display(description="who")
    def actor(self, entry: Entry) -> str:
        if entry.actor_id is None:
            return entry.actor_kind
        text = getattr(entry, "actor_name", None) or str(entry.actor_id)
        return format_html(
            "{} ({})", row_link(_user_type(), entry.actor_id, text), entry.actor_kind
        )

    @admin.display(description="object")
    def object(self, entry: Entry) -> str:
        text = f"{_kind(entry.object_type)} {entry.object_name or entry.object_id}"
        return row_link(entry.object_type, entry.object_id, text)

    @admin.display(description="changes")
    def what(self, entry: Entry) -> str:
        changes = entry.changes
        if entry.before is None or entry.after is None:
            return ", ".join(entry.columns)
        return "; ".join(f"{name}: {_text(old)} → {_text(new)}" for name, old, new in changes)

    @admin.display(description="changes")
    def table(self, entry: Entry) -> str:
        rows = format_html_join(
            "",
            '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>',
            (
                (name, _text(old, cut=False), _text(new, cut=False))
                for name, old, new in entry.changes
            ),
        )
        return format_html(
            '<div class="scroll"><table class="changes"><thead><tr><th scope="col">Field</th>'
            '<th scope="col">Before</th><th scope="col">After</th></tr></thead>'
            "<tbody>{}</tbody></table></div>",
            rows,
        )

    def get_urls(self) -> list[URLPattern]:
        export = path(
            "export.csv", self.admin_site.admin_view(self.export), name="audit_entry_export"
        )
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """Download what the list shows under the same filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        changelist = self.get_changelist_instance(request)
        entries: Any = changelist.get_queryset(request)
        record_event(
            Operation.EXPORTED,
            origin=origin_of(request),
            actor_id=getattr(request.user, "pk", None),
            object_type="audit.entry",
            object_id="",
            note=request.GET.urlencode() or "everything",
        )
        return StreamingHttpResponse(
            exported_entries(entries),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="changes.csv"'},
        )


def row_link(object_type: str, object_id: UUID | str, text: str) -> str:
    """Return a link to a row's page without reading the row; its text where it has no page."""
    try:
        url = reverse(f"admin:{object_type.replace('.', '_')}_change", args=[object_id])
    except NoReverseMatch:
        return text
    return format_html('<a href="{}">{}</a>', url, text)


def _user_type() -> str:
    return str(get_user_model()._meta.label_lower)


def _kind(object_type: str) -> str:
    try:
        return capfirst(str(apps.get_model(object_type)._meta.verbose_name))
    except (LookupError, ValueError):
        return object_type


def _text(value: object, *, cut: bool = True) -> str:
    text = (
        "–"
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False)
    )
    return f"{text[:MAX_SHOWN]}…" if cut and len(text) > MAX_SHOWN else text
