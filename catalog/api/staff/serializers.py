"""Products, categories, brands and banners as staff read and write them."""

from typing import Any

from rest_framework import serializers

from accounts.api.staff import ReasonField
from catalog.constants import MAX_DESCRIPTION_LENGTH, STAFF_STEPS, ProductStatus
from catalog.models import Banner, Brand, Category
from marketplace.common.api.fields import (
    ImageUploadField,
    LineField,
    MediaUrlField,
    SparseFieldsMixin,
    StrictIntegerField,
    TextField,
)

MAX_ORDERED = 1_000


class StaffProductListInput(serializers.Serializer[Any]):
    """The query of the staff's list of products."""

    status = serializers.ChoiceField(choices=ProductStatus.choices, required=False)


class ChangeProductStatusInput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=STAFF_STEPS)
    reason = ReasonField()


class PictureInput(serializers.Serializer[Any]):
    image = ImageUploadField(help_text="JPEG, PNG or WebP of at most 10 MiB and 25 megapixels.")


class StaffCategorySerializer(serializers.ModelSerializer[Category]):
    """A category as it is kept, hidden ones too."""

    parent_id = serializers.UUIDField(read_only=True, allow_null=True)
    image_url = MediaUrlField(source="image")

    class Meta:
        model = Category
        fields = (
            "id",
            "name",
            "slug",
            "parent_id",
            "description",
            "image_url",
            "position",
            "is_active",
            "depth",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class _NamedInput(serializers.Serializer[Any]):
    name = LineField(max_length=150)
    slug = serializers.SlugField(
        max_length=160, required=False, help_text="Left out: made from the name."
    )


class CategoryInput(_NamedInput):
    parent_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Another one moves it with all below; null: up."
    )
    description = TextField(max_length=MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True)
    position = StrictIntegerField(required=False, help_text="Among its siblings.")
    is_active = serializers.BooleanField(required=False)


class StaffBrandSerializer(serializers.ModelSerializer[Brand]):
    """A brand as it is kept, hidden ones too."""

    logo_url = MediaUrlField(source="logo")

    class Meta:
        model = Brand
        fields = (
            "id",
            "name",
            "slug",
            "description",
            "logo_url",
            "position",
            "is_active",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class BrandInput(_NamedInput):
    description = TextField(max_length=MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class StaffBannerSerializer(SparseFieldsMixin, serializers.ModelSerializer[Banner]):
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
