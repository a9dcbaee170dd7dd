"""Shapes of reviews and questions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Product
from marketplace.common.api.fields import (
    ImageUploadsField,
    LineField,
    MediaUrlField,
    SparseFieldsMixin,
    StrictIntegerField,
    TextField,
)
from marketplace.common.texts import masked_name
from reviews.constants import (
    MAX_ANSWER_LENGTH,
    MAX_CONTENT_LENGTH,
    MAX_PHOTOS,
    MAX_QUESTION_LENGTH,
    MAX_REASON_LENGTH,
    MAX_REPLY_LENGTH,
    MAX_TITLE_LENGTH,
)
from reviews.models import Question, Review, ReviewImage


@extend_schema_field({"type": "string", "example": "Nguyễn V. A."})
class AuthorNameField(serializers.Field[Any, Any, str, Any]):
    """The author as strangers may see them; a closed account's name is nobody's."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.update(source="user", read_only=True)
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> str:
        return str(value.full_name) if value.closed_at else masked_name(value.full_name)


class ReviewImageSerializer(serializers.ModelSerializer[ReviewImage]):
    url = MediaUrlField(source="file")

    class Meta:
        model = ReviewImage
        fields = ("id", "url")
        read_only_fields = fields


class ReplySerializer(serializers.Serializer[Any]):
    """What the shop says to it."""

    content = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="Of its last change.")


@extend_schema_field(ReplySerializer)
class _ReplyField(serializers.Field[Any, Any, Any, Any]):
    """A text of the shop's and its time, in two columns of the row; None where there is none."""

    def __init__(self, *, text: str, time: str) -> None:
        super().__init__(source="*", read_only=True, allow_null=True)
        self.text, self.time = text, time

    def to_representation(self, value: Any) -> Any:
        if (at := getattr(value, self.time)) is None:
            return None
        return ReplySerializer({"content": getattr(value, self.text), "created_at": at}).data


class ReviewedProductSerializer(serializers.ModelSerializer[Product]):
    thumbnail_url = MediaUrlField(source="thumbnail")

    class Meta:
        model = Product
        fields = ("id", "title", "slug", "thumbnail_url")
        read_only_fields = fields


class ReviewSerializer(SparseFieldsMixin, serializers.ModelSerializer[Review]):
    """A review as everybody sees it: nothing in it leads to its author."""

    author_name = AuthorNameField()
    variant_name = serializers.CharField(source="order_item.variant_name", read_only=True)
    images = ReviewImageSerializer(many=True, read_only=True)
    reply = _ReplyField(text="reply", time="replied_at")

    class Meta:
        model = Review
        fields: tuple[str, ...] = (
            "id",
            "rating",
            "title",
            "content",
            "author_name",
            "variant_name",
            "images",
            "helpful_count",
            "reply",
            "created_at",
            "edited_at",
        )
        read_only_fields = fields


class ShopReviewSerializer(ReviewSerializer):
    """A review as the shop sees it: what everybody sees, and of which product."""

    product = ReviewedProductSerializer(read_only=True)

    class Meta(ReviewSerializer.Meta):
        fields = (*ReviewSerializer.Meta.fields, "product")
        read_only_fields = fields


class OwnReviewSerializer(ShopReviewSerializer):
    """A review as its author sees it."""

    class Meta(ShopReviewSerializer.Meta):
        fields = (
            *ShopReviewSerializer.Meta.fields,
            "order_item_id",
            "status",
            "status_reason",
            "editable_until",
        )
        read_only_fields = fields


class HelpfulSerializer(serializers.Serializer[Any]):
    """How many found it helpful, and whether the caller is one of them."""

    helpful_count = serializers.IntegerField()
    is_helpful = serializers.BooleanField()


class QuestionSerializer(SparseFieldsMixin, serializers.ModelSerializer[Question]):
    """A question as everybody sees it, with the shop's answer."""

    author_name = AuthorNameField()
    answer = _ReplyField(text="answer", time="answered_at")

    class Meta:
        model = Question
        fields: tuple[str, ...] = (
            "id",
            "content",
            "author_name",
            "answer",
            "created_at",
            "edited_at",
        )
        read_only_fields = fields


class ShopQuestionSerializer(QuestionSerializer):
    """A question as the shop sees it."""

    product = ReviewedProductSerializer(read_only=True)

    class Meta(QuestionSerializer.Meta):
        fields = (*QuestionSerializer.Meta.fields, "product")
        read_only_fields = fields


class OwnQuestionSerializer(ShopQuestionSerializer):
    """A question as its author sees it."""

    class Meta(ShopQuestionSerializer.Meta):
        fields = (*ShopQuestionSerializer.Meta.fields, "status", "status_reason")
        read_only_fields = fields


class UpdateReviewInput(serializers.Serializer[None]):
    """In a PUT, texts that are left out become empty; images have calls of their own."""

    rating = StrictIntegerField(min_value=1, max_value=5)
    title = LineField(required=False, default="", allow_blank=True, max_length=MAX_TITLE_LENGTH)
    content = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=MAX_CONTENT_LENGTH,
        help_text="Plain text; markup is shown as it was typed.",
    )


class CreateReviewInput(UpdateReviewInput):
    """Name the item, or a product and the order it came with."""

    order_item_id = serializers.UUIDField(required=False)
    product_id = serializers.UUIDField(required=False)
    order_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "order_item_id" not in attrs and not {"product_id", "order_id"} <= attrs.keys():
            message = "Give order_item_id, or product_id and order_id."
            raise serializers.ValidationError({"order_item_id": [message]}, code="required")
        return attrs

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what names the item, and what is said of it."""
        names = {"order_item_id", "product_id", "order_id"}
        values = self.validated_data
        return (
            {name: value for name, value in values.items() if name in names},
            {name: value for name, value in values.items() if name not in names},
        )


class ReviewPhotosInput(serializers.Serializer[None]):
    images = ImageUploadsField(required=False, default=list, max_length=MAX_PHOTOS)


class CreateReviewWithPhotosInput(CreateReviewInput, ReviewPhotosInput):
    """For the documentation: a review in one request with its photos."""


class AddReviewPhotosInput(serializers.Serializer[None]):
    images = ImageUploadsField(allow_empty=False, max_length=MAX_PHOTOS)


class ReportInput(serializers.Serializer[None]):
    reason = LineField(max_length=MAX_REASON_LENGTH)


class ReplyInput(serializers.Serializer[None]):
    content = TextField(max_length=MAX_REPLY_LENGTH)


class AnswerInput(serializers.Serializer[None]):
    content = TextField(max_length=MAX_ANSWER_LENGTH)


class QuestionInput(serializers.Serializer[None]):
    content = TextField(max_length=MAX_QUESTION_LENGTH)
