"""What the staff's calls of every app have in common."""

from typing import Any, ClassVar

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from accounts.api.permissions import HasRight
from marketplace.common.api.requests import AuthenticatedRequest


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
