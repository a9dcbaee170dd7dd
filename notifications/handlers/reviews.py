"""Reviews and questions."""

from typing import Any

from catalog.models import Product
from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import team_of, tell, tell_staff
from reviews.events import (
    QuestionAnswered,
    QuestionAsked,
    QuestionHidden,
    QuestionPublished,
    ReviewCreated,
    ReviewHidden,
    ReviewPublished,
    ReviewReplied,
)
from shops.constants import TeamRole

OfReview = ReviewCreated | ReviewReplied | ReviewHidden | ReviewPublished
OfQuestion = QuestionAsked | QuestionAnswered | QuestionHidden | QuestionPublished


@handles(ReviewCreated)
def tell_of_review(event: ReviewCreated) -> None:
    """Tell the shop's people who may reply."""
    _tell_of_words(event, NotificationType.REVIEW_RECEIVED, to_shop=True, rating=str(event.rating))


@handles(ReviewReplied)
def tell_of_reply(event: ReviewReplied) -> None:
    _tell_of_words(event, NotificationType.REVIEW_REPLIED)


@handles(ReviewHidden)
def tell_of_hidden_review(event: ReviewHidden) -> None:
    """Tell staff, who have to decide, when reports hid it; the author what staff decided."""
    if event.is_automatic:
        _tell_moderators_of_words(
            event, NotificationType.REVIEW_REPORTED, "reviews.moderate_review"
        )
    else:
        _tell_of_words(event, NotificationType.REVIEW_HIDDEN, reason=event.reason)


@handles(ReviewPublished)
def tell_of_published_review(event: ReviewPublished) -> None:
    _tell_of_words(event, NotificationType.REVIEW_PUBLISHED)


@handles(QuestionAsked)
def tell_of_question(event: QuestionAsked) -> None:
    """Tell the shop's people who should answer."""
    _tell_of_words(event, NotificationType.QUESTION_RECEIVED, to_shop=True)


@handles(QuestionAnswered)
def tell_of_answer(event: QuestionAnswered) -> None:
    _tell_of_words(event, NotificationType.QUESTION_ANSWERED)


@handles(QuestionHidden)
def tell_of_hidden_question(event: QuestionHidden) -> None:
    """Tell staff, who have to decide, when reports hid it; the author what staff decided."""
    if event.is_automatic:
        _tell_moderators_of_words(
            event, NotificationType.QUESTION_REPORTED, "reviews.moderate_question"
        )
    else:
        _tell_of_words(event, NotificationType.QUESTION_HIDDEN, reason=event.reason)


@handles(QuestionPublished)
def tell_of_published_question(event: QuestionPublished) -> None:
    _tell_of_words(event, NotificationType.QUESTION_PUBLISHED)


def _tell_of_words(
    event: OfReview | OfQuestion, kind: NotificationType, *, to_shop: bool = False, **also: str
) -> None:
    """Tell who speaks for the shop, or the author of a review or question."""
    product = _product(event)
    tell(
        team_of(product.shop, TeamRole.CATALOGUE, kind) if to_shop else [(event.user_id, kind)],
        event.topic,
        values={"product": product.title, "shop": product.shop.name, **also},
        data=_words_data(event, product),
    )


def _tell_moderators_of_words(
    event: OfReview | OfQuestion, kind: NotificationType, permission: str
) -> None:
    product = _product(event)
    tell_staff(
        permission,
        kind,
        event.topic,
        values={"product": product.title},
        data=_words_data(event, product),
    )


def _product(event: OfReview | OfQuestion) -> Product:
    return Product.objects.select_related("shop").get(pk=event.product_id)


def _words_data(event: OfReview | OfQuestion, product: Product) -> dict[str, Any]:
    if isinstance(event, OfReview):
        subject = {"review_id": str(event.review_id)}
    else:
        subject = {"question_id": str(event.question_id)}
    return {
        "product_id": str(product.pk),
        "product_slug": product.slug,
        "shop_id": str(product.shop_id),
        **subject,
    }
