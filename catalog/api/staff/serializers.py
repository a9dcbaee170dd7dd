"""Products, categories and brands as staff read and write them."""

from typing import Any

from rest_framework import serializers

from catalog.constants import MAX_DESCRIPTION_LENGTH, STAFF_STEPS, ProductStatus
from catalog.models import Brand, Category
from marketplace.common.api.fields import (
    ImageUploadField,
    LineField,
    MediaUrlField,
    StrictIntegerField,
    TextField,
)


class StaffProductListInput(serializers.Serializer[Any]):
    """The query of the staff's list of products."""

    status = serializers.ChoiceField(choices=ProductStatus.choices, required=False)


class ChangeProductStatusInput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=STAFF_STEPS)
    reason = TextField(
        max_length=500,
        default="",
        allow_blank=True,
        help_text="Needed to reject and suspend; the seller reads it.",
    )


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


class CategoryInput(serializers.Serializer[Any]):
    name = LineField(max_length=150)
    slug = serializers.SlugField(
        max_length=160, required=False, help_text="Left out: made from the name."
    )
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


class BrandInput(serializers.Serializer[Any]):
    name = LineField(max_length=150)
    slug = serializers.SlugField(
        max_length=160, required=False, help_text="Left out: made from the name."
    )
    description = TextField(max_length=MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
