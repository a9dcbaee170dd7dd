"""Deciding what waits one by one: a page with all that one needs, and then the next.

    class ShopAdmin(QueueAdmin, ModelAdmin[Shop]):
        waiting = ("Shops to approve", {"status__exact": "pending"})
        queue = Queue(
            Subject.SHOP,
            permission="moderate",
            accept=Step("Approve", approve_shop),
            refuse=Step("Reject", reject_shop),
        )

The oldest comes first. What two people decide at once is decided by the first of them; the second
is told. So is who decides about a row that was changed after it was shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from marketplace.common.admin import staff
from marketplace.common.errors import DomainError
from marketplace.common.moderation.constants import (
    MAX_REASON_LENGTH,
    MAX_REASONS_SHOWN,
    Subject,
)
from marketplace.common.moderation.models import ModerationReason
from marketplace.common.panels import Panel, history_panel

_MOST_COUNTED: Final = 99


@dataclass(frozen=True)
class Step:
    """A decision: `work(row_id, actor=…)`, with `reason=…` where it turns something down."""

    label: str
    work: Callable[..., object]


@dataclass(frozen=True)
class Queue:
    """How rows of one kind are decided; `permission` is asked as `has_<permission>_permission`."""

    subject: Subject
    permission: str
    accept: Step
    refuse: Step


class AlreadyDecided(Exception):
    """Somebody was faster."""


class ChangedMeanwhile(Exception):
    """The row is not what was shown any more."""


class RefusalForm(forms.Form):
    """A reason from the list, words of one's own, or both."""

    chosen = forms.ModelChoiceField(ModerationReason.objects.none(), required=False)
    words = forms.CharField(required=False, max_length=MAX_REASON_LENGTH)

    def __init__(self, data: Any, subject: Subject) -> None:
        super().__init__(data)
        reasons: Any = self.fields["chosen"]
        reasons.queryset = ModerationReason.objects.filter(subject=subject, is_active=True)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = data.get("chosen")
        parts = [chosen.text if chosen else "", data.get("words", "").strip()]
        reason = " ".join(part for part in parts if part)
        if not reason and not self.errors:
            raise forms.ValidationError("Choose a reason, or write one: it is read by who it hits.")
        if len(reason) > MAX_REASON_LENGTH:
            raise forms.ValidationError(f"At most {MAX_REASON_LENGTH} characters together.")
        data["reason"] = reason
        return data


class QueueAdmin:
    """Mix in before ModelAdmin: the rows of `waiting` can be decided one by one."""

    queue: Queue
    model: Any
    opts: Any
    admin_site: Any
    waiting: Any

    def queue_panels(self, request: HttpRequest, row: Any) -> Sequence[Panel]:
        """Return what one needs to decide about the row."""
        raise NotImplementedError

    def queue_state(self, row: Any) -> str:
        """Return what stands for all that is shown and can be changed by others."""
        return str(row.updated_at.isoformat())

    def queue_lock(self, row_id: UUID) -> object:
        """Lock the row first, as the services of its steps do."""
        manager: Any = self.model._default_manager
        return manager.lock(row_id)

    def may_decide(self, request: HttpRequest) -> bool:
        return bool(getattr(self, f"has_{self.queue.permission}_permission")(request))

    def queue_url(self, row_id: object = None) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_queue"
        return reverse(name, args=[] if row_id is None else [row_id])

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_queue"
        view = self.admin_site.admin_view
        own = [
            path("queue/", view(self.next_view), name=name),
            path("queue/<uuid:row_id>/", view(self.queue_view), name=name),
        ]
        return own + super().get_urls()  # type: ignore[misc,no-any-return]

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Go to the oldest row that waits, or to the one behind `?after=`."""
        self._require_right(request)
        rows = self._rows(request)
        try:
            after = UUID(request.GET.get("after", ""))
        except ValueError:
            after = None
        found = rows.filter(pk__gt=after).first() if after else None
        if found is None and (found := rows.first()) is not None and after:
            messages.info(request, "That was the last: from here on it is what was skipped.")
        if found is not None:
            return HttpResponseRedirect(self.queue_url(found.pk))
        return TemplateResponse(request, "admin/queue_empty.html", self._context(request))

    def queue_view(self, request: HttpRequest, row_id: UUID) -> HttpResponse:
        """Show one row that waits, or decide about it."""
        self._require_right(request)
        form = None
        if request.method == "POST":
            step = self.queue.refuse if "refuse" in request.POST else self.queue.accept
            form = RefusalForm(request.POST, self.queue.subject)
            if step is self.queue.accept or form.is_valid():
                reason = form.cleaned_data["reason"] if step is self.queue.refuse else None
                return self._decided(request, row_id, step, reason)
        row = self._rows(request).filter(pk=row_id).first()
        if row is None:
            messages.warning(request, self._who_decided(row_id))
            return self._go_on(row_id)
        waiting = self._rows(request)[: _MOST_COUNTED + 1].count()
        context = {
            **self._context(request),
            "row": row,
            "state": self.queue_state(row),
            "panels": [*self.queue_panels(request, row), history_panel(row)],
            "waiting": f"{_MOST_COUNTED}+" if waiting > _MOST_COUNTED else str(waiting),
            "form": form,
            "reasons": ModerationReason.objects.filter(
                subject=self.queue.subject, is_active=True
            ).order_by("position", "text")[:MAX_REASONS_SHOWN],
            "row_url": reverse(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]
            ),
            "skip_url": f"{self.queue_url()}?{urlencode({'after': row.pk})}",
        }
        return TemplateResponse(request, "admin/queue.html", context)

    def _decided(
        self, request: HttpRequest, row_id: UUID, step: Step, reason: str | None
    ) -> HttpResponse:
        try:
            row = self._decide(request, row_id, step, reason)
        except AlreadyDecided:
            messages.warning(request, self._who_decided(row_id))
        except ChangedMeanwhile:
            messages.warning(request, "It was changed since you looked at it: look at it again.")
            return HttpResponseRedirect(self.queue_url(row_id))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self.queue_url(row_id))
        else:
            messages.success(request, f"{step.label}: {row}")
        return self._go_on(row_id)

    @transaction.atomic
    def _decide(self, request: HttpRequest, row_id: UUID, step: Step, reason: str | None) -> Model:
        """Decide about a row if it waits as it was shown. Locks: the row, then what `work` does."""
        try:
            self.queue_lock(row_id)
        except ObjectDoesNotExist as error:
            raise AlreadyDecided from error
        row: Model | None = self._rows(request).filter(pk=row_id).first()
        if row is None:
            raise AlreadyDecided
        if self.queue_state(row) != request.POST.get("state"):
            raise ChangedMeanwhile
        given = {} if reason is None else {"reason": reason}
        step.work(row_id, actor=staff(request), **given)
        note = f"{step.label}. {reason}" if reason else f"{step.label}."
        self.log_change(request, row, note)  # type: ignore[attr-defined]
        return row

    def _rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.get_queryset(request)  # type: ignore[attr-defined]
        return rows.filter(**self.waiting[1]).order_by("pk")

    def _require_right(self, request: HttpRequest) -> None:
        if not self.may_decide(request):
            raise PermissionDenied

    def _go_on(self, row_id: UUID) -> HttpResponseRedirect:
        return HttpResponseRedirect(f"{self.queue_url()}?{urlencode({'after': row_id})}")

    def _who_decided(self, row_id: UUID) -> str:
        entry = (
            LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(self.model), object_id=str(row_id)
            )
            .select_related("user")
            .order_by("-id")
            .first()
        )
        if entry is None:
            return "It does not wait any more."
        said = entry.get_change_message()
        at = timezone.localtime(entry.action_time)
        return f"Decided already, by {entry.user} at {at:%Y-%m-%d %H:%M}: {said}"

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        title, where = self.waiting
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "queue": self.queue,
            "list_url": f"{self._list_url()}?{urlencode(where)}",
        }

    def _list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
