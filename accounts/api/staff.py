"""What the staff's calls of every app have in common."""

from typing import Any, ClassVar

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from accounts.api.permissions import HasRight
from marketplace.common.api.fields import TextField
from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.personal import NAMES, masked, may_see


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
