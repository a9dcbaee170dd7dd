"""Accounts as staff see them, and the one thing that they decide about them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.serializers import StaffUserSerializer, SuspendUserInput, UserSearchInput
from accounts.api.staff import StaffViewMixin
from accounts.models import User
from accounts.selectors import users_for_staff
from marketplace.common.api.requests import query_of


@extend_schema(tags=["staff"])
class StaffUserListView(StaffViewMixin, ListAPIView[User]):
    """Accounts, the newest first."""

    serializer_class = StaffUserSerializer
    queryset = User.objects.none()
    filter_backends = ()
    rights = {"GET": "accounts.view_user"}

    def get_queryset(self) -> QuerySet[User]:
        return users_for_staff(**query_of(self.request, UserSearchInput))

    @extend_schema(
        operation_id="admin_users_list",
        summary="Accounts",
        description="The newest first. Asks for the right to see users.",
        parameters=[UserSearchInput],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@extend_schema(tags=["staff"])
class SuspendUserView(StaffViewMixin, GenericAPIView[User]):
    """Shutting an account out, and letting it in again."""

    serializer_class = StaffUserSerializer
    queryset = User.objects.none()
    rights = {"PATCH": "accounts.suspend_user"}

    @extend_schema(
        operation_id="admin_users_suspend",
        summary="Suspend an account, or lift that",
        description="Suspended, its tokens, keys and sign-ins end at once. 403 for oneself, and "
        "for staff unless by a superuser; 409 `invalid_transition` when it is so already.",
        request=SuspendUserInput,
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        body = SuspendUserInput(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        if body.validated_data["suspended"]:
            user = services.suspend_user(pk, actor=self.request.user, reason=reason)
            self.write_down(user, f"Suspended. {reason}")
        else:
            user = services.unsuspend_user(pk, actor=self.request.user)
            self.write_down(user, f"Suspension lifted. {reason}".strip())
        return Response(self.get_serializer(user).data)
