"""Reads that join several tables of reviews."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Count

from accounts.models import User
from marketplace.common.errors import NotFound
from marketplace.common.prepared import Given, PreparedQuery
from orders.models import OrderItem
from reviews.constants import REVIEWABLE
from reviews.errors import AlreadyReviewed, NotDelivered
from reviews.models import Question, Review
from shops.models import Shop


def reviewable_item(
    buyer: User,
    *,
    order_item_id: UUID | None = None,
    order_id: UUID | None = None,
    product_id: UUID | None = None,
) -> OrderItem:
    """Return the buyer's item to review: by its id, or the next one of a product in an order.

    Raises: NotFound for another's; NotDelivered; AlreadyReviewed.
    """
    items = OrderItem.objects.filter(order__buyer=buyer)
    if order_item_id is not None:
        items = items.filter(pk=order_item_id)
    elif order_id is not None and product_id is not None:
        items = items.filter(order_id=order_id, product_id=product_id)
    else:
        raise NotFound
    found = list(items.select_related("order", "review").order_by("pk"))
    if not found:
        raise NotFound
    if found[0].order.status not in REVIEWABLE:
        raise NotDelivered
    for item in found:
        if not hasattr(item, "review"):
            return item
    raise AlreadyReviewed


def rating_histogram(product_id: UUID) -> dict[int, int]:
    """Return how many public reviews of a product have each rating, the best first."""
    counts = {row["rating"]: row["reviews"] for row in _RATINGS.values(product=product_id)}
    return {rating: counts.get(rating, 0) for rating in range(5, 0, -1)}


_RATINGS: Final = PreparedQuery(
    lambda: (
        Review.objects.published()
        .filter(product=Given("product"))
        .order_by()
        .values("rating")
        .annotate(reviews=Count("*"))
    )
)


def shop_histogram(shop: Shop) -> dict[int, int]:
    """Return how many public reviews of a shop's goods have each rating, the best first."""
    rated = Review.objects.published().filter(shop=shop).order_by()
    counts = dict(rated.values_list("rating").annotate(Count("id")))
    return {rating: counts.get(rating, 0) for rating in range(5, 0, -1)}


def held_reviews(user: User) -> list[dict[str, Any]]:
    """Return a user's reviews for the export of all that is held about them, the oldest first."""
    return [_without_ids(row) for row in Review.objects.filter(user=user).order_by("pk").values()]


def held_questions(user: User) -> list[dict[str, Any]]:
    """Return a user's questions for the same export, the oldest first."""
    rows = Question.objects.filter(user=user).order_by("pk").values()
    return [_without_ids(row) for row in rows]


def _without_ids(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing to the user, or of others."""
    hidden = {"user_id", "report_count"}
    return {name: value for name, value in row.items() if name not in hidden}
