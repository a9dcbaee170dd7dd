"""Reviews and questions for tests."""

from typing import Any

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog.services.ratings import adjust_ratings
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.ids import uuid7
from orders.constants import ActorKind, OrderStatus, PaymentMethod, PaymentStatus
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.constants import PaymentState
from orders.payments.models import Payment, PaymentShare
from orders.settlement.services.sales import Received, post_cash, post_sales
from reviews.models import (
    HelpfulVote,
    Question,
    QuestionReport,
    Review,
    ReviewImage,
    ReviewReport,
)
from shops.shipping.constants import Carrier

# As checkout writes it down.
ADDRESS = {
    "recipient_name": "Nguyễn Văn A",
    "phone_number": "+84911222333",
    "line1": "1 Tràng Tiền",
    "line2": "",
    "ward": "",
    "district": "Hoàn Kiếm",
    "province": "Hà Nội",
    "postal_code": "",
    "country": "VN",
}


class DeliveredItemFactory(factory.django.DjangoModelFactory[OrderItem]):
    """One unit of `variant`, bought by `buyer`, paid and delivered: what a review is about."""

    class Meta:
        model = OrderItem

    class Params:
        buyer = factory.SubFactory(UserFactory)

    variant = factory.SubFactory(VariantFactory)
    product_id = factory.SelfAttribute("variant.product_id")
    title = factory.SelfAttribute("variant.product.title")
    variant_name = factory.SelfAttribute("variant.name")
    sku = factory.SelfAttribute("variant.sku")
    unit_price_amount = factory.SelfAttribute("variant.price_amount")
    quantity = 1
    line_total_amount = factory.SelfAttribute("unit_price_amount")

    @factory.lazy_attribute
    def order(self) -> Order:
        return delivered_order(self.buyer, self.variant.shop, self.unit_price_amount)


def delivered_order(buyer: Any, shop: Any, amount: int) -> Order:
    """Return an order as it is after it was paid at the door, still without items."""
    totals = {
        "buyer": buyer,
        "payment_method": PaymentMethod.COD,
        "currency": "VND",
        "subtotal_amount": amount,
        "total_amount": amount,
    }
    now = timezone.now()
    order = Order.objects.create(
        number=f"ORD-{uuid7().hex[-12:]}".upper(),
        checkout=Checkout.objects.create(**totals),
        shop=shop,
        status=OrderStatus.DELIVERED,
        payment_status=PaymentStatus.PAID,
        shipping_address=ADDRESS,
        billing_address=ADDRESS,
        placed_at=now,
        delivered_at=now,
        **totals,
    )
    OrderEvent.objects.create(
        order=order, to_status=OrderStatus.DELIVERED, actor_kind=ActorKind.SYSTEM
    )
    payment = Payment.objects.create(
        checkout=order.checkout,
        provider=PaymentMethod.COD,
        status=PaymentState.CAPTURED,
        amount=amount,
        currency="VND",
        captured_at=now,
    )
    share = PaymentShare.objects.create(
        payment=payment, order=order, amount=amount, captured_amount=amount
    )
    received = Received(share.pk, order, amount)
    post_cash(received, carrier=Carrier.MANUAL)
    post_sales([received])
    return order


class ReviewFactory(factory.django.DjangoModelFactory[Review]):
    """A published five-star review of a delivered item, which counts."""

    class Meta:
        model = Review
        skip_postgeneration_save = True

    order_item = factory.SubFactory(DeliveredItemFactory)
    product = factory.SelfAttribute("order_item.variant.product")
    shop = factory.SelfAttribute("order_item.variant.shop")
    user = factory.SelfAttribute("order_item.order.buyer")
    rating = 5
    title = "Rất tốt"
    content = "Vải mềm, giao nhanh."

    @factory.post_generation
    def ratings(self, create: bool, extracted: object, **kwargs: object) -> None:
        if create and self.is_public:
            adjust_ratings(self.product_id, self.shop_id, reviews=1, stars=self.rating)


class ReviewImageFactory(factory.django.DjangoModelFactory[ReviewImage]):
    class Meta:
        model = ReviewImage
        skip_postgeneration_save = True

    review = factory.SubFactory(ReviewFactory)
    file = "reviews/photo.webp"

    @factory.post_generation
    def count(self, create: bool, extracted: object, **kwargs: object) -> None:
        self.review.image_count += 1
        self.review.save(update_fields=["image_count"])


class HelpfulVoteFactory(factory.django.DjangoModelFactory[HelpfulVote]):
    class Meta:
        model = HelpfulVote
        skip_postgeneration_save = True

    review = factory.SubFactory(ReviewFactory)
    user = factory.SubFactory(UserFactory)

    @factory.post_generation
    def count(self, create: bool, extracted: object, **kwargs: object) -> None:
        self.review.helpful_count += 1
        self.review.save(update_fields=["helpful_count"])


class ReviewReportFactory(factory.django.DjangoModelFactory[ReviewReport]):
    class Meta:
        model = ReviewReport
        skip_postgeneration_save = True

    review = factory.SubFactory(ReviewFactory)
    user = factory.SubFactory(UserFactory)
    reason = "Quảng cáo"

    @factory.post_generation
    def count(self, create: bool, extracted: object, **kwargs: object) -> None:
        self.review.report_count += 1
        self.review.save(update_fields=["report_count"])


class QuestionFactory(factory.django.DjangoModelFactory[Question]):
    """A published question about a public product that nobody has answered."""

    class Meta:
        model = Question

    product = factory.SubFactory(ProductFactory)
    shop = factory.SelfAttribute("product.shop")
    user = factory.SubFactory(UserFactory)
    content = "Áo này có co sau khi giặt không?"


class QuestionReportFactory(factory.django.DjangoModelFactory[QuestionReport]):
    class Meta:
        model = QuestionReport
        skip_postgeneration_save = True

    question = factory.SubFactory(QuestionFactory)
    user = factory.SubFactory(UserFactory)
    reason = "Quảng cáo"

    @factory.post_generation
    def count(self, create: bool, extracted: object, **kwargs: object) -> None:
        self.question.report_count += 1
        self.question.save(update_fields=["report_count"])
