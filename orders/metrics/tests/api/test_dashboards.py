"""The start pages of sellers and staff, as the API gives them."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from accounts.services import setup_groups
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.inventory.models import StockItem
from catalog.models import ProductView, SearchQuery
from catalog.tests.factories import VariantFactory
from marketplace.common.local_days import today
from marketplace.common.money import format_amount
from orders.constants import ActorKind, OrderStatus
from orders.fulfilment.services import change_status
from orders.metrics.models import PlatformDay, ProductDay
from orders.metrics.services import count_changes, count_days
from orders.metrics.tests.test_rollup import DAY, cancel, move
from orders.payments.tests.factories import place_paid
from orders.returns.models import Return
from orders.returns.tests.factories import ask, delivered
from orders.tests.factories import place
from shops.constants import ShopStatus
from shops.models import Shop
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db

SITE = admin.site
SELLER, ADMIN = "/api/v1/seller/dashboard", "/api/v1/admin/dashboard"
NOTHING = {
    "orders": 0,
    "cancelled_orders": 0,
    "units": 0,
    "revenue": "0",
    "refunded": "0",
    "views": 0,
}


def member_of(group):
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def test_seller_sees_each_day_of_the_shop(api_as):
    variant = VariantFactory(price_amount=100_000, stock=50)
    order = move(place((variant, 3)).orders.get(), DAY)
    cancel(move(place((variant, 1)).orders.get(), DAY))
    move(place((VariantFactory(), 1)).orders.get(), DAY)  # another shop's
    ProductView.objects.create(day=DAY, product=variant.product, views=40)
    count_days([DAY])

    body = api_as(order.shop.owner).get(SELLER, {"from": "2026-03-09", "to": "2026-03-11"}).json()

    revenue = format_amount(order.total_amount)
    sold = {**NOTHING, "orders": 2, "cancelled_orders": 1, "units": 3, "revenue": revenue}
    sold["views"] = 40
    assert (body["from"], body["to"], body["currency"]) == ("2026-03-09", "2026-03-11", "VND")
    assert body["totals"] == {**sold, "conversion_rate": 0.05}
    assert body["days"] == [
        {**NOTHING, "day": "2026-03-09"},
        {**sold, "day": "2026-03-10"},
        {**NOTHING, "day": "2026-03-11"},
    ]
    assert {status: n for status, n in body["orders_by_status"].items() if n} == {
        "placed": 1,
        "cancelled": 1,
    }
    assert "pending_payment" not in body["orders_by_status"]
    assert body["top_products"] == [
        {
            "product_id": str(variant.product_id),
            "title": variant.product.title,
            "slug": variant.product.slug,
            "thumbnail_url": None,
            "units": 3,
            "revenue": "300000",
            "views": 40,
        }
    ]


def test_seller_sees_what_is_due_and_what_runs_out_at_this_moment(api_as):
    variant = VariantFactory(stock=50)
    orders = [place((variant, 1)).orders.get() for _ in range(6)]
    shop = orders[0].shop
    for order, steps in zip(orders, (0, 0, 1, 2, 3, 0), strict=True):
        for step in (OrderStatus.CONFIRMED, OrderStatus.PACKED, OrderStatus.SHIPPED)[:steps]:
            change_status(order.pk, step, actor=shop.owner, actor_kind=ActorKind.SELLER)
    cancel(orders[-1])
    late, later = ask(delivered((variant, 1))), ask(delivered((variant, 1)))
    Return.objects.filter(pk=late.pk).update(deadline_at=timezone.now())
    Return.objects.filter(pk=later.pk).update(deadline_at=timezone.now() + timedelta(days=2))
    low = VariantFactory(product__shop=shop, name="Đỏ", stock=5)
    empty = VariantFactory(product__shop=shop, stock=1)
    VariantFactory(stock=1)  # another shop's
    StockItem.objects.filter(variant=variant).update(low_stock_threshold=3)
    StockItem.objects.filter(variant__in=[low, empty]).update(low_stock_threshold=5)
    Shop.objects.filter(pk=shop.pk).update(average_rating="4.25", review_count=8)

    body = api_as(shop.owner).get(SELLER).json()

    assert body["due"] == {
        "to_confirm": 2,
        "to_pack": 1,
        "to_hand_over": 1,
        "returns_to_answer": 2,
        "returns_due_today": 1,
    }
    assert body["low_stock"]["count"] == 2
    assert [row["available"] for row in body["low_stock"]["items"]] == [1, 5]
    assert body["low_stock"]["items"][1] == {
        "variant_id": str(low.pk),
        "product_id": str(low.product_id),
        "title": low.product.title,
        "variant_name": "Đỏ",
        "sku": low.sku,
        "available": 5,
        "low_stock_threshold": 5,
    }
    histogram = dict.fromkeys("54321", 0)
    assert body["ratings"] == {
        "average_rating": 4.25,
        "review_count": 8,
        "histogram": histogram,
    }
    assert body["counted_until"] is None  # nobody has counted yet


@pytest.mark.parametrize("status", [ShopStatus.PENDING, ShopStatus.SUSPENDED, ShopStatus.CLOSED])
def test_seller_of_a_shop_that_is_not_open_sees_its_figures_too(api_as, status):
    shop = ShopFactory(status=status)

    body = api_as(shop.owner).get(SELLER).json()

    assert body["totals"] == {**NOTHING, "conversion_rate": None}
    assert len(body["days"]) == 30
    assert body["days"][-1]["day"] == body["to"] == today().isoformat()


@pytest.mark.parametrize("url", [SELLER, ADMIN])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2025-01-01", "to": "2026-01-02"}, "from"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, "to"),
        ({"from": "1999-12-31", "to": "2000-01-01"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "2026-02-30"}, "to"),
        ({"from": "2026-01-01T00:00:00Z"}, "from"),
        ({"from": "now"}, "from"),
    ],
)
def test_days_that_make_no_sense_are_refused(api_as, url, query, field):
    user = ShopFactory(owner=StaffFactory()).owner

    response = api_as(user).get(url, query)

    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["details"][0]["field"]) == ("validation_error", field)


def test_a_leap_year_can_be_asked_for_at_once(api_as):
    shop = ShopFactory()

    body = api_as(shop.owner).get(SELLER, {"from": "2024-01-01", "to": "2024-12-31"}).json()

    assert len(body["days"]) == 366


def test_staff_see_the_site(api_as):
    variant = VariantFactory(stock=50)
    order = place_paid((variant, 2))
    place_paid((VariantFactory(), 1))
    SearchQuery.objects.create(day=today(), text="áo", searches=8, empty_searches=2)
    ShopFactory(status=ShopStatus.PENDING)
    count_changes()

    body = api_as(StaffFactory()).get(ADMIN).json()

    assert body["sales"]["totals"]["orders"] == 2
    assert body["sales"]["days"][-1]["orders"] == 2
    assert body["sales"]["top_shops"][0] == {
        "id": str(order.shop_id),
        "name": order.shop.name,
        "slug": order.shop.slug,
        "orders": 1,
        "revenue": format_amount(order.total_amount),
    }
    assert body["registrations"]["new_shops"] == 3
    assert body["payments"] == [
        {"provider": "FAKE", "started": 2, "captured": 2, "failed": 0, "success_rate": 1.0}
    ]
    assert (body["searches"]["searches"], body["searches"]["empty_rate"]) == (8, 0.25)
    assert [row for row in body["waiting"] if row["title"] == "Shops to approve"] == [
        {
            "title": "Shops to approve",
            "count": 1,
            "is_more": False,
            "url": "/admin/shops/shop/queue/",
        }
    ]
    assert body["counted_until"] is not None


PARTS = ("sales", "registrations", "payments", "searches")


@pytest.mark.parametrize(
    ("group", "seen"),
    [
        ("Moderator", {"registrations", "searches"}),
        ("Support", set(PARTS)),
        ("Finance", {"sales", "registrations", "payments"}),
        ("Catalogue manager", {"searches"}),
        ("Administrator", set(PARTS)),
    ],
)
def test_each_group_sees_the_parts_whose_lists_it_may_see(api_as, group, seen):
    body = api_as(member_of(group)).get(ADMIN).json()

    assert {part for part in PARTS if body[part] is not None} == seen


def test_staff_without_any_right_see_no_figures(api_as):
    body = api_as(UserFactory(is_staff=True)).get(ADMIN).json()

    assert [body[part] for part in PARTS] == [None] * 4
    assert body["waiting"] == []


def test_dashboards_cost_the_same_statements_whatever_was_sold(api_as, django_assert_num_queries):
    shop = ShopFactory()
    # As the statement reads them that knows the token.
    staff = User.objects.get_queryset().select_related("second_factor").get(pk=StaffFactory().pk)
    queues = sum(getattr(row, "waiting", None) is not None for row in SITE._registry.values())
    with django_assert_num_queries(9):
        api_as(shop.owner).get(SELLER)
    with django_assert_num_queries(queues + 4):
        api_as(staff).get(ADMIN)
    for _ in range(3):
        variants = [VariantFactory(product__shop=shop, stock=3) for _ in range(2)]
        place(*((variant, 1) for variant in variants))
        ShopFactory(status=ShopStatus.PENDING)
    days = [DAY + timedelta(days=n) for n in range(3)]
    count_changes()
    count_days(days)

    with django_assert_num_queries(10):  # one more for the names of the best products
        body = api_as(shop.owner).get(SELLER, {"from": "2026-01-01", "to": "2026-12-31"}).json()
    with django_assert_num_queries(queues + 5):  # and of shops
        api_as(staff).get(ADMIN, {"from": "2026-01-01", "to": "2026-12-31"})

    assert len(body["top_products"]) == 6
    assert ProductDay.objects.count() == 6
    assert PlatformDay.objects.filter(day__gte=date(2026, 1, 1)).count() >= 3
