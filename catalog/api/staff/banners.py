"""Banners of the start page, as staff keep them."""

from typing import Any
from uuid import UUID

from django.contrib.admin.models import ADDITION, DELETION
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewMixin
from catalog.api.staff.serializers import PictureInput
from catalog.models import Banner
from catalog.services.banners import delete_banner, order_banners, save_banner
from marketplace.common.api.fields import LineField, MediaUrlField, TextField
from marketplace.common.errors import NotFound
from marketplace.common.media import stored_files

MAX_ORDERED = 1_000


class StaffBannerSerializer(serializers.ModelSerializer[Banner]):
    """A banner as it is kept, whether or not it is shown now."""

    image_url = MediaUrlField(source="image")

    class Meta:
        model = Banner
        fields = (
            "id",
            "title",
            "alt_text",
            "image_url",
            "link",
            "starts_at",
            "ends_at",
            "position",
            "is_active",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class BannerInput(serializers.Serializer[Any]):
    title = LineField(max_length=150)
    alt_text = LineField(
        max_length=255,
        required=False,
        allow_blank=True,
        help_text="What the picture says, for who cannot see it.",
    )
    link = TextField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text="A path of the shop front, such as `/products?on_sale=true`, or a https address.",
    )
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class OrderBannersInput(serializers.Serializer[Any]):
    banner_ids = serializers.ListField(child=serializers.UUIDField(), max_length=MAX_ORDERED)


@extend_schema(tags=["staff"])
class StaffBannersView(StaffViewMixin, ListAPIView[Banner]):
    """All banners, in their order, and adding one."""

    serializer_class = StaffBannerSerializer
    queryset = Banner.objects.none()
    filter_backends = ()
    rights = {"GET": "catalog.view_banner", "POST": "catalog.add_banner"}

    def get_queryset(self) -> QuerySet[Banner]:
        return Banner.objects.order_by("position", "id")

    @extend_schema(
        operation_id="admin_banners_list",
        summary="Banners in their order, hidden ones too",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="admin_banners_create",
        summary="Add a banner",
        description="Behind the others. It is shown once it has an image.",
        request=BannerInput,
        responses={201: StaffBannerSerializer},
    )
    def post(self, request: Request) -> Response:
        body = BannerInput(data=request.data)
        body.is_valid(raise_exception=True)
        banner = save_banner(None, actor=self.request.user, **body.validated_data)
        self.write_down(banner, "Added over the API.", flag=ADDITION)
        return Response(self.get_serializer(banner).data, status=201)


@extend_schema(tags=["staff"])
class StaffBannerView(StaffViewMixin, GenericAPIView[Banner]):
    """One banner."""

    serializer_class = StaffBannerSerializer
    queryset = Banner.objects.none()
    rights = {"PATCH": "catalog.change_banner", "DELETE": "catalog.delete_banner"}

    @extend_schema(
        operation_id="admin_banners_update",
        summary="Change a banner",
        description="Fields left out stay as they are.",
        request=BannerInput(partial=True),
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        body = BannerInput(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        banner = save_banner(pk, actor=self.request.user, **body.validated_data)
        self.write_down(banner, _changed(body.validated_data))
        return Response(self.get_serializer(banner).data)

    @extend_schema(
        operation_id="admin_banners_destroy", summary="Take a banner away", responses={204: None}
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        banner = Banner.objects.filter(pk=pk).first()
        if banner is None:
            raise NotFound
        delete_banner(pk, actor=self.request.user)
        self.write_down(banner, "Deleted over the API.", flag=DELETION)
        return Response(status=204)


@extend_schema(tags=["staff"])
class BannerImageView(StaffViewMixin, GenericAPIView[Banner]):
    """The image of a banner."""

    serializer_class = StaffBannerSerializer
    queryset = Banner.objects.none()
    parser_classes = (MultiPartParser,)
    rights = {"PUT": "catalog.change_banner", "DELETE": "catalog.change_banner"}

    @extend_schema(
        operation_id="admin_banners_image",
        summary="Give a banner another image",
        description="The worker puts a smaller copy in its place moments later.",
        request=PictureInput,
        responses=StaffBannerSerializer,
    )
    def put(self, request: Request, pk: UUID) -> Response:
        body = PictureInput(data=request.data)
        body.is_valid(raise_exception=True)
        with stored_files("banners", [body.validated_data["image"]]) as [name]:
            banner = save_banner(pk, actor=self.request.user, image=name)
        self.write_down(banner, _changed({"image": name}))
        return Response(self.get_serializer(banner).data)

    @extend_schema(
        operation_id="admin_banners_image_destroy",
        summary="Take the image of a banner away",
        description="Without one it is not shown.",
        responses={204: None},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        banner = save_banner(pk, actor=self.request.user, image="")
        self.write_down(banner, _changed({"image": ""}))
        return Response(status=204)


@extend_schema(tags=["staff"])
class BannerOrderView(StaffViewMixin):
    """The order of all banners."""

    rights = {"PUT": "catalog.change_banner"}

    @extend_schema(
        operation_id="admin_banners_order",
        summary="Put the banners into order",
        description="Names all of them, once; 400 `stale` where they are others by now.",
        request=OrderBannersInput,
        responses=StaffBannerSerializer(many=True),
    )
    def put(self, request: Request) -> Response:
        body = OrderBannersInput(data=request.data)
        body.is_valid(raise_exception=True)
        order_banners(body.validated_data["banner_ids"], actor=self.request.user)
        banners = list(Banner.objects.order_by("position", "id"))
        if banners:
            self.write_down(banners[0], "Put the banners into order over the API.")
        return Response(StaffBannerSerializer(banners, many=True).data)


def _changed(changes: dict[str, Any]) -> str:
    return f"Changed over the API: {', '.join(changes) or 'nothing'}."
