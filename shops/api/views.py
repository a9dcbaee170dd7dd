"""Public pages of shops and stores, and the sellers' own."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, QuerySet, Value
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.common.api.caching import PublicReadMixin, keep_until
from marketplace.common.api.lookups import get_by_id_or_slug
from marketplace.common.api.requests import AuthenticatedRequest
from shops.api.filters import ShopFilter
from shops.api.permissions import EVERYBODY, SellerCatalogueMixin, SellerViewMixin
from shops.api.serializers import (
    HolidayInput,
    OwnShopSerializer,
    OwnStoreSerializer,
    ShopImageInput,
    ShopInput,
    ShopSerializer,
    StoreInput,
    StoreSearchInput,
    StoreSerializer,
)
from shops.constants import DEFAULT_RADIUS_KM, ShopImage
from shops.models import Shop, StoreLocation
from shops.services.holidays import end_holiday, set_holiday
from shops.services.locations import add_location, archive_location, update_location
from shops.services.profiles import register_shop, set_shop_image, update_shop

NEAREST_FIRST = ("distance_km", "id")


@extend_schema(tags=["shops"])
@extend_schema_view(
    list=extend_schema(summary="Open shops"),
    retrieve=extend_schema(summary="One open shop, by id or slug"),
)
class ShopViewSet(
    PublicReadMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Shop],
):
    """Approved shops; any other answers 404."""

    queryset = Shop.objects.public().order_by("-id")
    serializer_class = ShopSerializer
    filterset_class = ShopFilter
    lookup_value_converter = "str"

    def get_object(self) -> Shop:
        shop = get_by_id_or_slug(Shop.objects.public(), self.kwargs["pk"])
        self._keep_until_holidays_change([shop])
        return shop

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        self._keep_until_holidays_change(page or [])
        return page

    def _keep_until_holidays_change(self, shops: Iterable[Shop]) -> None:
        holidays = (shop.holiday for shop in shops)
        keep_until(self.request, *(holiday.changes_at for holiday in holidays if holiday))


@extend_schema(tags=["shops"])
@extend_schema_view(
    list=extend_schema(
        summary="Store locator",
        description="Nearest first with `near`, otherwise newest first.",
        parameters=[StoreSearchInput],
    ),
)
class StoreViewSet(PublicReadMixin, mixins.ListModelMixin, viewsets.GenericViewSet[StoreLocation]):
    """Places of the platform and of approved shops."""

    queryset = StoreLocation.objects.public()
    serializer_class = StoreSerializer

    def get_queryset(self) -> QuerySet[StoreLocation]:
        query = StoreSearchInput(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        stores = StoreLocation.objects.public().select_related("shop")
        if "near" not in query.validated_data:
            nowhere = Value(None, output_field=DecimalField())
            return stores.annotate(distance_km=nowhere).order_by("-id")
        latitude, longitude = query.validated_data["near"]
        radius_km = query.validated_data.get("radius_km", DEFAULT_RADIUS_KM)
        return stores.within(latitude, longitude, radius_km).order_by(*NEAREST_FIRST)


@extend_schema(tags=["seller: shop"])
class RegisterShopView(APIView):
    """Where a user becomes a seller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        summary="Register a shop",
        description="It is `pending` until staff approve it. One per user: 409 `shop_exists`.",
        request=ShopInput,
        responses={201: OwnShopSerializer},
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        body = ShopInput(data=request.data)
        body.is_valid(raise_exception=True)
        shop = register_shop(request.user.pk, **body.validated_data)
        return Response(OwnShopSerializer(shop).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["seller: shop"], responses=OwnShopSerializer)
class OwnShopView(SellerViewMixin):
    """The caller's own shop, in whatever state; its team reads, its owner writes."""

    read_roles = EVERYBODY

    @extend_schema(summary="My shop")
    def get(self, request: AuthenticatedRequest) -> Response:
        return Response(OwnShopSerializer(self.shop, context={"request": request}).data)

    @extend_schema(
        summary="Change my shop",
        description="A rejected shop thereby applies again. Fields left out stay as they are.",
        request=ShopInput,
    )
    def put(self, request: AuthenticatedRequest) -> Response:
        return self._update(request, partial=False)

    @extend_schema(
        summary="Change parts of my shop",
        description="A rejected shop thereby applies again.",
        request=ShopInput(partial=True),
    )
    def patch(self, request: AuthenticatedRequest) -> Response:
        return self._update(request, partial=True)

    def _update(self, request: AuthenticatedRequest, *, partial: bool) -> Response:
        body = ShopInput(data=request.data, partial=partial, context={"shop": self.shop})
        body.is_valid(raise_exception=True)
        shop = update_shop(self.shop.pk, actor=request.user, **body.validated_data)
        return Response(OwnShopSerializer(shop).data)


@extend_schema(tags=["seller: shop"], responses=OwnShopSerializer)
class HolidayView(SellerViewMixin):
    """When the caller's shop takes no orders."""

    @extend_schema(
        summary="Plan a holiday",
        description="Goods stay visible, but checkout answers 409 `shop_on_holiday`. Clocks stop: "
        "nothing gets late meanwhile. It ends by itself.",
        request=HolidayInput,
    )
    def put(self, request: AuthenticatedRequest) -> Response:
        body = HolidayInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(OwnShopSerializer(set_holiday(self.shop.pk, **body.validated_data)).data)

    @extend_schema(
        summary="End the holiday now, or call it off", responses={200: OwnShopSerializer}
    )
    def delete(self, request: AuthenticatedRequest) -> Response:
        return Response(OwnShopSerializer(end_holiday(self.shop.pk)).data)


class OwnShopImageView(SellerViewMixin):
    """One of the two images of the caller's shop."""

    parser_classes = (MultiPartParser,)
    kind: ShopImage = ShopImage.LOGO

    @extend_schema(
        tags=["seller: shop"],
        summary="Replace an image of my shop",
        request=ShopImageInput,
        responses=OwnShopSerializer,
    )
    def put(self, request: AuthenticatedRequest) -> Response:
        body = ShopImageInput(data=request.data)
        body.is_valid(raise_exception=True)
        shop = set_shop_image(self.shop.pk, kind=self.kind, image=body.validated_data["image"])
        return Response(OwnShopSerializer(shop).data)


@extend_schema(tags=["seller: stores"])
@extend_schema_view(
    list=extend_schema(summary="My store locations"),
    retrieve=extend_schema(summary="One of my store locations"),
)
class OwnStoreViewSet(
    SellerCatalogueMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[StoreLocation],
):
    """Locations of the caller's own shop; anyone else's answer 404."""

    queryset = StoreLocation.objects.none()
    serializer_class = OwnStoreSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[StoreLocation]:
        if getattr(self, "swagger_fake_view", False):
            return StoreLocation.objects.none()
        return StoreLocation.objects.of(self.shop).order_by("-id")

    @extend_schema(
        summary="Add a store location", request=StoreInput, responses={201: OwnStoreSerializer}
    )
    def create(self, request: Request) -> Response:
        location = add_location(self.shop.pk, **self._body(request, partial=False))
        return Response(self._rendered(location), status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a store location", request=StoreInput)
    def update(self, request: Request, pk: UUID) -> Response:
        return self._update(request, pk, partial=False)

    @extend_schema(summary="Change parts of a store location", request=StoreInput(partial=True))
    def partial_update(self, request: Request, pk: UUID) -> Response:
        return self._update(request, pk, partial=True)

    @extend_schema(summary="Take a store location away", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        archive_location(pk, shop_id=self.shop.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _update(self, request: Request, pk: UUID, *, partial: bool) -> Response:
        self.get_object()  # a location of somebody else's is not there, whatever the body says
        changes = self._body(request, partial=partial)
        return Response(self._rendered(update_location(pk, shop_id=self.shop.pk, **changes)))

    @staticmethod
    def _body(request: Request, *, partial: bool) -> Any:
        body = StoreInput(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def _rendered(self, location: StoreLocation) -> Any:
        return self.get_serializer(location).data
