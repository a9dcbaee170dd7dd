from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.serializers import (
    AddressInput,
    AddressSerializer,
    AvatarInput,
    CloseAccountInput,
    ExportSerializer,
    ProfileSerializer,
    UpdateProfileInput,
    UserSerializer,
)
from accounts.models import Address
from accounts.selectors import held_about
from marketplace.common.api.requests import AuthenticatedRequest


class ProfileView(APIView):
    """The caller's own account."""

    request: AuthenticatedRequest
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="profile_retrieve", responses=ProfileSerializer)
    def get(self, request: AuthenticatedRequest) -> Response:
        return Response(ProfileSerializer(request.user, context={"request": request}).data)

    @extend_schema(
        operation_id="profile_update", request=UpdateProfileInput, responses=ProfileSerializer
    )
    def put(self, request: AuthenticatedRequest) -> Response:
        return self._update(request, partial=False)

    @extend_schema(
        operation_id="profile_partial_update",
        request=UpdateProfileInput,
        responses=ProfileSerializer,
    )
    def patch(self, request: AuthenticatedRequest) -> Response:
        return self._update(request, partial=True)

    @extend_schema(operation_id="profile_destroy", request=CloseAccountInput, responses={204: None})
    def delete(self, request: AuthenticatedRequest) -> Response:
        """Close the account: it is anonymised and nobody can sign in to it any more."""
        body = CloseAccountInput(data=request.data)
        body.is_valid(raise_exception=True)
        services.close_account(request.user.pk, **body.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _update(self, request: AuthenticatedRequest, *, partial: bool) -> Response:
        body = UpdateProfileInput(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        user = services.update_profile(request.user.pk, **body.validated_data)
        return Response(ProfileSerializer(user, context={"request": request}).data)


class AvatarView(APIView):
    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="profile_avatar_update",
        request={"multipart/form-data": AvatarInput},
        responses=UserSerializer,
    )
    def put(self, request: AuthenticatedRequest) -> Response:
        """Set the avatar: a JPEG, PNG or WebP image in the field `avatar`."""
        body = AvatarInput(data=request.data)
        body.is_valid(raise_exception=True)
        user = services.set_avatar(request.user.pk, body.validated_data["avatar"])
        return Response(UserSerializer(user).data)

    @extend_schema(operation_id="profile_avatar_destroy", responses={204: None})
    def delete(self, request: AuthenticatedRequest) -> Response:
        """Remove the avatar."""
        services.remove_avatar(request.user.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="profile_export", responses=ExportSerializer)
    def get(self, request: AuthenticatedRequest) -> Response:
        """All data held about the caller."""
        response = Response(
            {"profile": ProfileSerializer(request.user).data, **held_about(request.user)}
        )
        response["Content-Disposition"] = 'attachment; filename="account.json"'
        return response


@extend_schema_view(
    list=extend_schema(operation_id="addresses_list"),
    retrieve=extend_schema(operation_id="addresses_retrieve"),
)
class AddressViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Address]
):
    """The caller's own addresses; anyone else's answer 404."""

    request: AuthenticatedRequest
    queryset = Address.objects.none()
    serializer_class = AddressSerializer
    permission_classes = (IsAuthenticated,)
    lookup_value_converter = "uuid"
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Address]:
        return Address.objects.of(self.request.user).order_by("-id")

    @extend_schema(
        operation_id="addresses_create", request=AddressInput, responses={201: AddressSerializer}
    )
    def create(self, request: AuthenticatedRequest) -> Response:
        body = AddressInput(data=request.data)
        body.is_valid(raise_exception=True)
        address = services.create_address(request.user.pk, **body.validated_data)
        return Response(self.get_serializer(address).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="addresses_update", request=AddressInput, responses=AddressSerializer
    )
    def update(self, request: AuthenticatedRequest, pk: Any) -> Response:
        return self._update(request, pk, partial=False)

    @extend_schema(
        operation_id="addresses_partial_update", request=AddressInput, responses=AddressSerializer
    )
    def partial_update(self, request: AuthenticatedRequest, pk: Any) -> Response:
        return self._update(request, pk, partial=True)

    @extend_schema(operation_id="addresses_destroy", responses={204: None})
    def destroy(self, request: AuthenticatedRequest, pk: Any) -> Response:
        services.archive_address(pk, actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="addresses_set_default", request=None, responses=AddressSerializer)
    @action(detail=True, methods=["post"], url_path="default")
    def set_default(self, request: AuthenticatedRequest, pk: Any) -> Response:
        """Make it the default of its kind."""
        address = services.set_default_address(pk, actor=request.user)
        return Response(self.get_serializer(address).data)

    def _update(self, request: Request, pk: Any, *, partial: bool) -> Response:
        # A foreign or unknown id is 404 before the body is judged.
        address = self.get_object()
        body = AddressInput(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        updated = services.update_address(
            address.pk, actor=self.request.user, **body.validated_data
        )
        return Response(self.get_serializer(updated).data)
