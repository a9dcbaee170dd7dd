"""Reviews for tests."""

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog.tests.factories import VariantFactory
from marketplace.common.ids import uuid7
from orders.constants import OrderStatus, PaymentMethod
from orders.models import Checkout, Order, OrderItem
from reviews.models import HelpfulVote, Review, ReviewImage, ReviewReport


class DeliveredItemFactory(factory.django.DjangoModelFactory[OrderItem]):
    """One unit of `variant`, bought by `buyer` and delivered: what a review is about."""

    class Meta:
        model = OrderItem

    class Params:
        buyer = factory.SubFactory(UserFactory)

    variant = factory.SubFactory(VariantFactory)
    product_id = factory.SelfAttribute("variant.product_id")
    title = factory.SelfAttribute("variant.product.title")
    sku = factory.SelfAttribute("variant.sku")
    unit_price_amount = factory.SelfAttribute("variant.price_amount")
    quantity = 1
    line_total_amount = factory.SelfAttribute("unit_price_amount")

    @factory.lazy_attribute
    def order(self) -> Order:
        totals = {
            "buyer": self.buyer,
            "payment_method": PaymentMethod.COD,
            "currency": "VND",
            "subtotal_amount": self.unit_price_amount,
            "total_amount": self.unit_price_amount,
        }
        return Order.objects.create(
            number=f"ORD-{uuid7().hex[-12:]}".upper(),
            checkout=Checkout.objects.create(**totals),
            shop=self.variant.shop,
            status=OrderStatus.DELIVERED,
            shipping_address={},
            billing_address={},
            delivered_at=timezone.now(),
            **totals,
        )


class ReviewFactory(factory.django.DjangoModelFactory[Review]):
    """A published five-star review of a delivered item."""

    class Meta:
        model = Review

    order_item = factory.SubFactory(DeliveredItemFactory)
    product = factory.SelfAttribute("order_item.variant.product")
    user = factory.SelfAttribute("order_item.order.buyer")
    rating = 5
    title = "Rất tốt"
    content = "Vải mềm, giao nhanh."


class ReviewImageFactory(factory.django.DjangoModelFactory[ReviewImage]):
    class Meta:
        model = ReviewImage

    review = factory.SubFactory(ReviewFactory)
    file = "reviews/photo.webp"


class HelpfulVoteFactory(factory.django.DjangoModelFactory[HelpfulVote]):
    class Meta:
        model = HelpfulVote

    review = factory.SubFactory(ReviewFactory)
    user = factory.SubFactory(UserFactory)


class ReviewReportFactory(factory.django.DjangoModelFactory[ReviewReport]):
    class Meta:
        model = ReviewReport

    review = factory.SubFactory(ReviewFactory)
    user = factory.SubFactory(UserFactory)
    reason = "Quảng cáo"
