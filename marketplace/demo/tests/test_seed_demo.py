"""A small demo, and everything that must hold in any marketplace."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import Avg, Count, F, IntegerField, Max, Min, Q, Sum
from django.db.models.functions import Coalesce

from accounts.models import Address, User
from catalog.constants import ProductStatus
from catalog.inventory.constants import MovementReason, ReservationStatus
from catalog.inventory.models import Reservation, StockItem
from catalog.models import Brand, Category, Product, ProductImage, ProductVariant
from marketplace.demo import accounts
from marketplace.demo.goods import average
from marketplace.demo.services import seed_demo
from marketplace.demo.tests.conftest import PRODUCTS
from marketplace.invariants.checks import find_violations
from orders.constants import TRANSITIONS, ActorKind, OrderStatus, PaymentStatus
from orders.models import Checkout, Order, OrderItem
from orders.payments.constants import PaymentState
from orders.payments.models import Payment
from reviews.models import HelpfulVote, Question, Review
from shops.constants import ShopStatus
from shops.models import Shop
from shops.shipping.services import Parcel, quote
from vouchers.models import Voucher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


def total(name: str, **filters: object) -> Coalesce:
    return Coalesce(Sum(name, filter=Q(**filters)), 0, output_field=IntegerField())


def test_all_that_must_hold_holds():
    assert find_violations() == []


def test_what_was_asked_for_is_there():
    assert Product.objects.count() == PRODUCTS
    assert Category.objects.count() == 300
    assert {row["depth"]: row["n"] for row in Category.objects.values("depth").annotate(
        n=Count("id")).order_by("depth")} == {0: 12, 1: 48, 2: 240}  # fmt: skip
    assert Brand.objects.count() == 40
    assert Shop.objects.filter(status=ShopStatus.APPROVED).count() == 5
    assert set(Order.objects.values_list("status", flat=True)) >= {
        OrderStatus.COMPLETED,
        OrderStatus.CANCELLED,
        OrderStatus.PLACED,
    }


def test_demo_accounts_sign_in_and_have_their_parts():
    for account in accounts.ACCOUNTS:
        user = authenticate(username=account.email, password=accounts.PASSWORD)
        assert user is not None, account.email
        assert user.is_verified

    assert User.objects.get(email="admin@demo.test").is_superuser
    moderator = User.objects.get(email="moderator@demo.test")
    assert (moderator.is_staff, moderator.is_superuser) == (True, False)
    assert moderator.groups.get().name == "Moderator"
    assert Shop.objects.get(owner__email="newseller@demo.test").status == ShopStatus.PENDING
    for seller in ("seller@demo.test", "seller2@demo.test"):
        stock = StockItem.objects.filter(variant__shop__owner__email=seller)
        assert stock.aggregate(units=Sum("on_hand"))["units"] > 0
    for buyer in ("buyer@demo.test", "buyer2@demo.test"):
        assert Address.objects.filter(user__email=buyer).count() == 2
        assert Address.objects.get(user__email=buyer, is_default=True)


def test_there_are_vouchers_of_the_platform_and_of_every_shop():
    assert Voucher.objects.filter(shop=None).count() == 4
    assert Voucher.objects.exclude(shop=None).values("shop").distinct().count() == 5
    assert set(Voucher.objects.filter(shop=None).values_list("platform_share_bps", flat=True)) == {
        10_000
    }


def test_on_hand_is_the_sum_of_the_movements():
    stock = StockItem.objects.annotate(moved=total("variant__movements__delta"))

    assert stock.exists()
    assert not stock.exclude(moved=F("on_hand")).exists()


def test_reserved_is_the_sum_of_what_is_held():
    stock = StockItem.objects.annotate(
        held=total(
            "variant__reservations__quantity",
            variant__reservations__status=ReservationStatus.HELD,
        )
    )

    assert stock.filter(reserved__gt=0).exists()
    assert not stock.exclude(held=F("reserved")).exists()


def test_reservations_agree_with_their_orders():
    expected = {
        OrderStatus.CANCELLED: ReservationStatus.RELEASED,
        **dict.fromkeys(
            (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PACKED), ReservationStatus.HELD
        ),
    }

    for order in Order.objects.prefetch_related("items"):
        rows = Reservation.objects.filter(reference=order.pk)
        wanted = expected.get(order.status, ReservationStatus.COMMITTED)
        assert sorted(rows.values_list("variant_id", "quantity", "status")) == sorted(
            (item.variant_id, item.quantity, wanted) for item in order.items.all()
        )


def test_every_committed_unit_has_left_the_shelf():
    sold = Reservation.objects.filter(status=ReservationStatus.COMMITTED).annotate(
        left=total(
            "variant__movements__delta",
            variant__movements__reference=F("reference"),
            variant__movements__reason=MovementReason.SOLD,
        )
    )

    assert sold.exists()
    assert not sold.exclude(left=-1 * F("quantity")).exists()


def test_order_and_checkout_totals_are_the_sums_of_their_parts():
    orders = Order.objects.annotate(lines=total("items__line_total_amount"))
    checkouts = Checkout.objects.annotate(
        goods=total("orders__subtotal_amount"),
        fees=total("orders__shipping_fee_amount"),
        all=total("orders__total_amount"),
    )

    assert not orders.exclude(lines=F("subtotal_amount")).exists()
    assert not checkouts.exclude(
        goods=F("subtotal_amount"), fees=F("shipping_fee_amount"), all=F("total_amount")
    ).exists()
    assert checkouts.annotate(shops=Count("orders")).filter(shops=2).exists()


def test_shipping_costs_what_it_would_have_been_quoted():
    for order in Order.objects.all()[:30]:
        parcel = Parcel(order.shop_id, order.weight_grams, order.subtotal_amount)
        options = quote(parcel, order.shipping_address["province"])
        fees = {option.service_code: option.fee_amount for option in options}
        assert order.shipping_fee_amount == fees[order.shipping_service_code]


def test_payments_are_the_sums_of_their_shares_and_agree_with_the_orders():
    payments = Payment.objects.annotate(parts=total("shares__amount"))

    assert not payments.exclude(parts=F("amount")).exists()
    assert payments.filter(status=PaymentState.CAPTURED).exists()
    for payment in payments.prefetch_related("shares__order"):
        for share in payment.shares.all():
            is_paid = share.order.payment_status == PaymentStatus.PAID
            assert share.captured_amount == (share.amount if is_paid else 0)
            assert share.amount == share.order.total_amount
            assert is_paid == (share.order.delivered_at is not None)


def test_timelines_follow_the_table_of_steps():
    for order in Order.objects.prefetch_related("events"):
        events = sorted(order.events.all(), key=lambda row: row.created_at)
        assert (events[0].from_status, events[0].to_status) == ("", OrderStatus.PLACED)
        assert events[-1].to_status == order.status
        for event in events[1:]:
            step = (OrderStatus(event.from_status), OrderStatus(event.to_status))
            assert ActorKind(event.actor_kind) in TRANSITIONS[step]


def test_derived_columns_of_products_follow_from_their_rows():
    products = Product.objects.annotate(
        lowest=Min("variants__price_amount"),
        highest=Max("variants__price_amount"),
        free=Max(F("variants__stock__on_hand") - F("variants__stock__reserved")),
    )

    assert not products.exclude(
        lowest=F("min_price_amount"), highest=F("max_price_amount")
    ).exists()
    assert not products.exclude(Q(in_stock=True, free__gt=0) | Q(in_stock=False, free=0)).exists()
    for product in products.prefetch_related("variants"):
        cheapest = min(product.variants.all(), key=lambda row: row.price_amount)
        assert product.compare_at_price_amount == cheapest.compare_at_price_amount
        assert product.is_on_sale == (cheapest.compare_at_price_amount is not None)


def test_products_have_one_primary_image_and_it_is_the_thumbnail():
    products = Product.objects.annotate(
        primaries=Count("images", filter=Q(images__is_primary=True)),
        thumbs=Count("images", filter=Q(images__is_primary=True, images__file=F("thumbnail"))),
    )

    assert not products.exclude(primaries=1, thumbs=1).exists()
    for file in ProductImage.objects.values_list("file", flat=True).distinct():
        assert default_storage.size(file) > 500


def test_ratings_and_sold_counts_are_those_of_reviews_and_orders():
    assert Review.objects.exists()
    for product in Product.objects.all():
        ratings = list(Review.objects.filter(product=product).values_list("rating", flat=True))
        assert product.review_count == len(ratings)
        assert product.average_rating == average(ratings)
        assert product.rating_sum == sum(ratings)
        sold = OrderItem.objects.filter(
            product_id=product.pk, order__delivered_at__isnull=False
        ).aggregate(units=total("quantity"))
        assert product.sold_count == sold["units"]
    for shop in Shop.objects.filter(status=ShopStatus.APPROVED):
        reviews = Review.objects.filter(product__shop=shop).aggregate(
            n=Count("id"), mean=Avg("rating"), stars=Sum("rating")
        )
        assert shop.review_count == reviews["n"]
        assert shop.rating_sum == (reviews["stars"] or 0)
        assert float(shop.average_rating) == pytest.approx(reviews["mean"] or 0, abs=0.005)
        assert shop.sold_count == shop.products.aggregate(units=total("sold_count"))["units"]


def test_reviews_come_from_buyers_of_completed_orders():
    wrong = Review.objects.exclude(
        order_item__order__status=OrderStatus.COMPLETED,
        order_item__order__buyer=F("user"),
        order_item__product_id=F("product_id"),
    )

    assert not wrong.exists()


def test_votes_and_questions_are_those_of_others():
    assert Review.objects.filter(helpful_count__gt=0).exists()
    assert not HelpfulVote.objects.filter(user=F("review__user")).exists()
    for answered in (True, False):
        assert Question.objects.filter(answered_at__isnull=not answered).exists()
    assert not Question.objects.filter(user=F("shop__owner")).exists()
    assert not Question.objects.exclude(product__status=ProductStatus.ACTIVE).exists()


def test_most_products_are_public_and_some_wait_for_moderators():
    public = Product.objects.public().count()

    assert public > PRODUCTS * 0.9
    assert Product.objects.filter(status=ProductStatus.PENDING).exists()


def test_category_paths_lead_from_the_root():
    for category in Category.objects.select_related("parent"):
        above = category.parent.path if category.parent else ""
        assert category.path == f"{above}{category.pk.hex}/"


def test_second_run_does_nothing(django_assert_max_num_queries):
    before = list(ProductVariant.objects.order_by("pk").values_list("pk", "price_amount"))

    with django_assert_max_num_queries(3):
        made = seed_demo(products=PRODUCTS, shops=5)

    assert (made.products, made.orders, made.reviews) == (0, 0, 0)
    assert list(ProductVariant.objects.order_by("pk").values_list("pk", "price_amount")) == before


def test_more_products_join_those_that_are_there():
    made = seed_demo(products=PRODUCTS + 40, shops=5)

    assert made.products == 40
    assert Product.objects.count() == PRODUCTS + 40
    assert User.objects.filter(email="seller@demo.test").count() == 1
    assert Category.objects.count() == 300


def test_if_empty_leaves_a_marketplace_with_products_alone():
    out = StringIO()

    call_command("seed_demo", "--if-empty", "--products", "5000", stdout=out)

    assert "nothing to do" in out.getvalue()
    assert Product.objects.count() == PRODUCTS


def test_production_is_refused(settings):
    settings.ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="never in production"):
        call_command("seed_demo", "--products", "5000")

    assert Product.objects.count() == PRODUCTS


@pytest.mark.parametrize("arguments", [["--products", "0"], ["--shops", "1"]])
def test_nonsense_is_refused(arguments):
    with pytest.raises(CommandError):
        call_command("seed_demo", *arguments)
