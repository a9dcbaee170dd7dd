from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts import services
from accounts.api.permissions import OwnsShop
from accounts.api.serializers import ApiKeySerializer, CreateApiKeyInput, NewApiKeySerializer
from accounts.models import ApiKey
from marketplace.common.api.requests import AuthenticatedRequest


@extend_schema_view(list=extend_schema(operation_id="seller_api_keys_list"))
class ApiKeyViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ApiKey]):
    """Keys to the caller's own shop; a key cannot make keys."""

    request: AuthenticatedRequest
    queryset = ApiKey.objects.none()
    serializer_class = ApiKeySerializer
    permission_classes = (IsAuthenticated, OwnsShop)
    lookup_value_converter = "uuid"
    filter_backends = ()

    def get_queryset(self) -> QuerySet[ApiKey]:
        return ApiKey.objects.of(self.request.user).order_by("-id")

    @extend_schema(
        operation_id="seller_api_keys_create",
        request=CreateApiKeyInput,
        responses={201: NewApiKeySerializer},
    )
    def create(self, request: AuthenticatedRequest) -> Response:
        """Make a key to one's own shop. It is shown in this answer and never again."""
        body = CreateApiKeyInput(data=request.data)
        body.is_valid(raise_exception=True)
        key, text = services.create_api_key(
            request.user.pk, shop_id=request.user.shop.pk, **body.validated_data
        )
        data = {**ApiKeySerializer(key).data, "key": text}
        return Response(data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="seller_api_keys_destroy", responses={204: None})
    def destroy(self, request: AuthenticatedRequest, pk: Any) -> Response:
        services.revoke_api_key(pk, owner=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
