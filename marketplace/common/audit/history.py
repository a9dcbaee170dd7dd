"""The changes of one row, where the console shows the row's history."""

from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst

from marketplace.common.audit.models import Entry
from marketplace.common.personal import NAMES, masked, may_see

MAX_ENTRIES = 100


class HistoryAdmin:
    """Mix in before ModelAdmin: the history of a row starts with its changes."""

    def rows_of_history(self, object_id: str) -> dict[str, list[Any]]:
        """Return the rows whose changes belong to this one's history: ids by type."""
        return {self.opts.label_lower: [object_id]}  # type: ignore[attr-defined]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row_id = unquote(object_id)
        rows = self.rows_of_history(row_id)
        own_type = self.opts.label_lower  # type: ignore[attr-defined]
        entries = list(
            Entry.objects.of_rows(rows.items()).with_actor_name().order_by("-id")[:MAX_ENTRIES]
        )
        for entry in entries:
            if not may_see(request.user):
                entry.before, entry.after = _masked(entry.before), _masked(entry.after)
            if entry.object_type != own_type:
                entry.label = _label(entry)  # type: ignore[attr-defined]
        more = ""
        if len(entries) == MAX_ENTRIES and request.user.has_perm("audit.view_entry"):
            more = f"{reverse('admin:audit_entry_changelist')}?{urlencode({'q': row_id})}"
        context = {"changes": entries, "more_changes": more, **(extra_context or {})}
        return super().history_view(request, object_id, context)  # type: ignore[misc, no-any-return]


def _masked(part: dict[str, Any] | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {name: masked(value) if name in NAMES else value for name, value in part.items()}


def _label(entry: Entry) -> str:
    try:
        kind = capfirst(str(apps.get_model(entry.object_type)._meta.verbose_name))
    except LookupError:
        kind = entry.object_type
    return f"{kind} {entry.object_name}".strip()
