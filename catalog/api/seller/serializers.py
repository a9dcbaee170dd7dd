"""Products as their seller reads and writes them; amounts are decimal strings in `currency`."""

from typing import Any

from rest_framework import serializers

from catalog.api.public.serializers import (
    ProductCardSerializer,
    ProductDetailSerializer,
    VariantSerializer,
)
from catalog.constants import (
    MAX_DESCRIPTION_LENGTH,
    MAX_IMAGES_PER_UPLOAD,
    MAX_UNITS,
    MAX_VARIANTS,
    MAX_WEIGHT_GRAMS,
    ProductStatus,
)
from catalog.fields import AttributesField, SkuField
from catalog.inventory.constants import LOW_STOCK_THRESHOLD, MovementReason
from catalog.inventory.models import StockItem
from marketplace.common.api.fields import (
    ImageUploadsField,
    LineField,
    MoneyField,
    StrictIntegerField,
    TextField,
)
from marketplace.common.files.uploads import IMAGE_TYPES, UploadOffer

MAX_POSITION = 32_767
# What a seller may say of a change; sales and imports write the others.
SELLER_REASONS = (
    MovementReason.RECEIVED,
    MovementReason.ADJUSTED,
    MovementReason.RETURNED,
    MovementReason.DAMAGED,
)


_THRESHOLD = "The seller is told once when no more units than this are left to sell."


class SellerVariantSerializer(VariantSerializer):
    """A variant with its stock: `stock` units on the shelf, `reserved` of them promised."""

    stock = serializers.IntegerField(source="stock.on_hand", read_only=True)
    reserved = serializers.IntegerField(source="stock.reserved", read_only=True)
    low_stock_threshold = serializers.IntegerField(
        source="stock.low_stock_threshold", read_only=True
    )
    is_low = serializers.BooleanField(source="stock.is_low", read_only=True)

    class Meta(VariantSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *VariantSerializer.Meta.fields,
            "stock",
            "reserved",
            "low_stock_threshold",
            "is_low",
            "position",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields  # type: ignore[assignment]


_STATE = ("status", "status_reason", "is_featured", "is_on_sale")


class SellerProductCardSerializer(ProductCardSerializer):
    """A product in the seller's list."""

    class Meta(ProductCardSerializer.Meta):
        fields = (*ProductCardSerializer.Meta.fields, *_STATE, "updated_at")
        read_only_fields = fields


class SellerProductSerializer(ProductDetailSerializer):
    """A product with all its variants, inactive ones too; `status_reason` is what staff said."""

    variants = SellerVariantSerializer(many=True, read_only=True)

    class Meta(ProductDetailSerializer.Meta):
        fields = (*ProductDetailSerializer.Meta.fields, *_STATE)
        read_only_fields = fields


class StockSerializer(serializers.ModelSerializer[StockItem]):
    """Units of a variant: `on_hand` lie on the shelf, `available` of them can be sold.

    `is_low`: no more than `low_stock_threshold` can.
    """

    available = serializers.IntegerField(read_only=True)
    is_low = serializers.BooleanField(read_only=True)

    class Meta:
        model = StockItem
        fields = (
            "variant_id",
            "on_hand",
            "reserved",
            "available",
            "low_stock_threshold",
            "is_low",
        )
        read_only_fields = fields


class VariantFieldsInput(serializers.Serializer[None]):
    """What can be said of a variant, new or old."""

    sku = SkuField(help_text="Unique in the shop, whatever its case.")
    name = LineField(required=False, default="", allow_blank=True, max_length=150)
    price = MoneyField(source="price_amount", min_amount=1)
    compare_at_price = MoneyField(
        source="compare_at_price_amount",
        min_amount=1,
        required=False,
        default=None,
        allow_null=True,
        help_text="The price before a sale: higher than `price`, or null.",
    )
    attributes = AttributesField(required=False, default=dict)
    weight_grams = StrictIntegerField(required=False, default=0, max_value=MAX_WEIGHT_GRAMS)
    is_active = serializers.BooleanField(required=False, default=True)


class CreateVariantInput(VariantFieldsInput):
    stock = StrictIntegerField(
        required=False, default=0, max_value=MAX_UNITS, help_text="Units on the shelf."
    )
    low_stock_threshold = StrictIntegerField(
        required=False, default=LOW_STOCK_THRESHOLD, max_value=MAX_UNITS, help_text=_THRESHOLD
    )


class UpdateVariantInput(VariantFieldsInput):
    """Stock is changed by `PATCH /seller/variants/{id}/stock`."""

    position = StrictIntegerField(required=False, max_value=MAX_POSITION)


class UpdateProductInput(serializers.Serializer[None]):
    """What can be said of a product. Variants, stock and images have addresses of their own.

    `status`: `active` (or `pending`) asks for publication, which needs an open shop and an active
    variant, and waits for staff as `pending` where the marketplace reviews products; `draft` takes
    the product off sale. `rejected` and `suspended` are the staff's to set: sent here, they change
    nothing.
    """

    title = LineField(max_length=255)
    category_id = serializers.UUIDField()
    brand_id = serializers.UUIDField(required=False, default=None, allow_null=True)
    description = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=MAX_DESCRIPTION_LENGTH,
        help_text="Plain text; markup is shown as it was typed.",
    )
    attributes = AttributesField(required=False, default=dict)
    meta_title = LineField(required=False, default="", allow_blank=True, max_length=255)
    meta_description = LineField(required=False, default="", allow_blank=True, max_length=500)
    status = serializers.ChoiceField(choices=ProductStatus.choices, required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values: dict[str, Any] = super().to_internal_value(data)
        status = values.pop("status", None)
        if status in {ProductStatus.ACTIVE, ProductStatus.PENDING}:
            values["on_sale"] = True
        elif status == ProductStatus.DRAFT:
            values["on_sale"] = False
        return values


class CreateProductInput(UpdateProductInput):
    variants = serializers.ListField(
        child=CreateVariantInput(), allow_empty=False, max_length=MAX_VARIANTS
    )


class SetStockInput(serializers.Serializer[None]):
    """Either what lies on the shelf now or by how much that changed, the threshold, or both."""

    on_hand = StrictIntegerField(required=False, max_value=MAX_UNITS)
    delta = StrictIntegerField(required=False, min_value=-MAX_UNITS, max_value=MAX_UNITS)
    low_stock_threshold = StrictIntegerField(
        required=False, max_value=MAX_UNITS, help_text=_THRESHOLD
    )
    reason = LineField(
        required=False,
        default="",
        allow_blank=True,
        max_length=255,
        help_text=f"{', '.join(SELLER_REASONS)}; any other text is kept as a note.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        units = {"on_hand", "delta"} & attrs.keys()
        if len(units) > 1 or not units | ({"low_stock_threshold"} & attrs.keys()):
            message = "Send either on_hand or delta, or a low_stock_threshold."
            raise serializers.ValidationError({"on_hand": message}, code="required")
        reason = attrs.pop("reason")
        is_known = reason in SELLER_REASONS
        attrs["reason"] = MovementReason(reason) if is_known else MovementReason.ADJUSTED
        attrs["note"] = "" if is_known else reason
        return attrs


class AddImagesInput(serializers.Serializer[None]):
    images = ImageUploadsField(allow_empty=False, max_length=MAX_IMAGES_PER_UPLOAD)


class AddUploadedImagesInput(serializers.Serializer[None]):
    upload_keys = serializers.ListField(
        child=LineField(max_length=100),
        allow_empty=False,
        max_length=MAX_IMAGES_PER_UPLOAD,
        help_text="Of files sent straight to the storage, see `POST /seller/uploads`.",
    )

    def validate_upload_keys(self, keys: list[str]) -> list[str]:
        if len(set(keys)) < len(keys):
            raise serializers.ValidationError("Each upload once.", code="unique")
        return keys


class OfferUploadInput(serializers.Serializer[None]):
    content_type = serializers.ChoiceField(
        choices=IMAGE_TYPES, help_text="What the browser is going to send."
    )


class UploadOfferSerializer(serializers.Serializer[UploadOffer]):
    """Post `fields`, then the file as `file`, as multipart/form-data to `url`."""

    key = serializers.CharField(help_text="For `upload_keys` once the file is there.")
    url = serializers.URLField(source="upload.url")
    fields = serializers.DictField(source="upload.fields", child=serializers.CharField())  # type: ignore[assignment]
    max_bytes = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class UpdateImageInput(serializers.Serializer[None]):
    alt_text = LineField(required=False, allow_blank=True, max_length=255)
    position = StrictIntegerField(
        required=False, max_value=MAX_POSITION, help_text="Its siblings close up around it."
    )
    is_primary = serializers.BooleanField(
        required=False, help_text="true takes the place of the present primary image."
    )


class ProductListInput(serializers.Serializer[None]):
    """The filters of the seller's list."""

    status = serializers.ChoiceField(choices=ProductStatus.choices, required=False)
    q = LineField(
        required=False, max_length=100, help_text="Words of the title, or a sku as a whole."
    )
    low_stock = serializers.BooleanField(
        required=False,
        help_text="true: only what has an active variant at its threshold or below.",
    )
