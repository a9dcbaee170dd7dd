"""Reviews of bought products."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Product
from marketplace.common.models import BaseModel
from orders.models import OrderItem
from reviews.constants import ReviewStatus


class Review(BaseModel):
    """A buyer's words on one delivered order item."""

    order_item = models.OneToOneField(OrderItem, models.PROTECT, related_name="review")
    product = models.ForeignKey(Product, models.PROTECT, related_name="reviews")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=150, blank=True)
    content = models.TextField(blank=True)
    status = models.CharField(
        max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.PUBLISHED
    )
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    helpful_count = models.PositiveIntegerField(default=0)
    report_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="review_one_to_five", condition=Q(rating__range=(1, 5)))
        ]
        indexes = [
            models.Index(
                name="review_of_product",
                fields=["product", "created_at", "id"],
                condition=Q(status="published"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.rating} ★ {self.title}"


class ReviewImage(BaseModel):
    review = models.ForeignKey(Review, models.CASCADE, related_name="images")
    file = models.ImageField(upload_to="reviews/")
    position = models.PositiveSmallIntegerField(default=0)

    image_sides: ClassVar = {"file": 1_200}

    def __str__(self) -> str:
        return str(self.file)


class HelpfulVote(BaseModel):
    review = models.ForeignKey(Review, models.CASCADE, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="vote_once", fields=["review", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.review_id}"


class ReviewReport(BaseModel):
    review = models.ForeignKey(Review, models.CASCADE, related_name="reports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(name="report_once", fields=["review", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.review_id}: {self.reason}"
