"""Reading what the address asks for."""

from typing import Any

from rest_framework import serializers

from reviews.constants import ReviewOrdering


class _RatingField(serializers.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[1, 2, 3, 4, 5], required=False, **kwargs)


class ReviewListInput(serializers.Serializer[None]):
    """Of a product's reviews; what is left empty does not filter."""

    rating = _RatingField()
    with_images = serializers.BooleanField(
        required=False, help_text="true: only those with images."
    )
    ordering = serializers.ChoiceField(
        choices=ReviewOrdering.choices,
        default=ReviewOrdering.NEWEST,
        help_text="`rating`: the best first.",
    )


class ShopReviewListInput(serializers.Serializer[None]):
    """Of the reviews of a shop's goods."""

    rating = _RatingField()
    unanswered = serializers.BooleanField(
        required=False, help_text="true: those without a reply, false: those with one."
    )


class QuestionListInput(serializers.Serializer[None]):
    """Of a product's questions."""

    answered = serializers.BooleanField(required=False)


class ShopQuestionListInput(serializers.Serializer[None]):
    """Of the questions about a shop's goods."""

    unanswered = serializers.BooleanField(required=False)


# How each ordering sorts; the id follows, in the same direction.
ORDER_BY: dict[str, tuple[str, ...]] = {
    ReviewOrdering.NEWEST: ("-created_at",),
    ReviewOrdering.HELPFUL: ("-helpful_count",),
    ReviewOrdering.RATING: ("-rating", "-created_at"),
}
