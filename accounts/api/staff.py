"""What the staff's calls of every app have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.api.permissions import HasRight
from marketplace.common.api.fields import TextField
from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.errors import NotFound
from marketplace.common.personal import NAMES, masked, may_see

M = TypeVar("M", bound=Model)
# Statuses that shops and products both have.
REJECTED: Final = "rejected"
SUSPENDED: Final = "suspended"


class MaskedMixin:
    """Mix in before the serializer: how to reach people is masked, unless the caller may see it."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)  # type: ignore[misc]
        if not may_see(self.context["request"].user):  # type: ignore[attr-defined]
            for name in NAMES & data.keys():
                data[name] = data[name] and masked(data[name])
        return data


class ReasonField(TextField):
    """Why staff decide so about a shop or a product."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=500,
            default="",
            allow_blank=True,
            help_text="Needed to reject and suspend; the seller reads it.",
            **kwargs,
        )


class StaffViewMixin(APIView):
    """Views for staff: `rights` names what each method asks for, as in the Django admin."""

    request: AuthenticatedRequest
    permission_classes: Any = (IsAuthenticated, HasRight)
    rights: ClassVar[dict[str, str]]

    def write_down(self, row: Model, note: str, *, flag: int = CHANGE) -> None:
        """Put what was done into the row's history, where the console shows its own actions."""
        LogEntry.objects.log_actions(
            self.request.user.pk,
            [row],
            flag,
            change_message=note,
            single_object=True,
        )


@dataclass(frozen=True)
class Steps(Generic[M]):
    """The services by which staff decide about a shop or a product; `lift` ends a suspension."""

    approve: Callable[..., M]
    lift: Callable[..., M]
    reject: Callable[..., M]
    suspend: Callable[..., M]


class StatusView(StaffViewMixin, GenericAPIView[M]):
    """Deciding about a row by the status that it is to have; the body says which, and why."""

    body_class: ClassVar[type[Serializer[Any]]]
    steps: Steps[M]

    def patch(self, request: Request, pk: UUID) -> Response:
        body = self.body_class(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, reason = body.validated_data["status"], body.validated_data["reason"]
        row = self._decide(pk, wanted, reason)
        self.write_down(row, f"{wanted}. {reason}".strip())
        return Response(self.get_serializer(row).data)

    def _decide(self, pk: UUID, wanted: str, reason: str) -> M:
        actor = self.request.user
        if wanted == REJECTED:
            return self.steps.reject(pk, actor=actor, reason=reason)
        if wanted == SUSPENDED:
            return self.steps.suspend(pk, actor=actor, reason=reason)
        # Whether there is such a step is judged under its lock.
        rows = self.get_queryset().model._default_manager.filter(pk=pk)
        status = rows.values_list("status", flat=True).first()
        if status is None:
            raise NotFound
        step = self.steps.lift if status == SUSPENDED else self.steps.approve
        return step(pk, actor=actor)
