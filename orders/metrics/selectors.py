"""What dashboards show: of days that were counted, and of the little that has to be of this moment.

Any number of orders costs the same statements; none of them reads orders but the open ones.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from catalog.models import Product, ProductVariant
from marketplace.common.local_days import days_between, starts_at, today
from orders.constants import OrderStatus
from orders.metrics import hooks
from orders.metrics.constants import COUNT_CAP, LOW_STOCK_SHOWN, TO_SERVE, TOP_PRODUCTS
from orders.metrics.models import PaymentDay, PlatformDay, ProductDay, RollupMark, ShopDay
from orders.models import Order
from orders.returns.constants import ReturnStatus
from orders.returns.models import Return
from shops.models import Shop

_SOLD = ("orders", "cancelled_orders", "units", "revenue_amount", "refunded_amount", "views")
_PLATFORM = (*_SOLD, "new_users", "new_shops", "searches", "empty_searches")
# What is no seller's business is not among them: orders that were never paid for.
_STATUSES = [status.value for status in OrderStatus if status != OrderStatus.PENDING_PAYMENT]


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return days_between(self.first, self.last)


@dataclass
class Figures:
    """Sums over some days; `day` is there for one day."""

    day: date | None = None
    orders: int = 0
    cancelled_orders: int = 0
    units: int = 0
    revenue_amount: int = 0
    refunded_amount: int = 0
    views: int = 0
    new_users: int = 0
    new_shops: int = 0
    searches: int = 0
    empty_searches: int = 0

    @property
    def conversion_rate(self) -> float | None:
        """Orders per view of a product; None where nobody looked."""
        return _rate(self.orders, self.views)

    @property
    def empty_rate(self) -> float | None:
        """The part of searches that found nothing; None where nobody searched."""
        return _rate(self.empty_searches, self.searches)


@dataclass
class TopProduct:
    product: Product
    units: int
    revenue_amount: int
    views: int


@dataclass
class TopShop:
    shop: Shop
    orders: int
    revenue_amount: int


@dataclass
class Provider:
    """How tries to pay with one provider went."""

    provider: str
    started: int = 0
    captured: int = 0
    failed: int = 0

    @property
    def open(self) -> int:
        """Tries that may still come to something."""
        return self.started - self.captured - self.failed

    @property
    def success_rate(self) -> float | None:
        """The part of decided tries that brought money; None while none is decided."""
        return _rate(self.captured, self.captured + self.failed)


@dataclass
class LowStock:
    """Variants that run out: all of them up to COUNT_CAP counted, the emptiest shown."""

    count: int
    variants: list[ProductVariant]


@dataclass
class Due:
    """What a seller has to do something about now, and what of it by the end of today."""

    to_confirm: int = 0
    to_pack: int = 0
    to_hand_over: int = 0
    returns_to_answer: int = 0
    returns_due_today: int = 0


@dataclass
class ShopDashboard:
    period: Period
    counted_until: datetime | None
    totals: Figures
    days: list[Figures]
    orders_by_status: dict[str, int]
    top_products: list[TopProduct]
    average_rating: Decimal
    review_count: int
    histogram: dict[int, int]
    low_stock: LowStock
    due: Due


@dataclass
class PlatformFigures:
    """Days of the whole site, each of them, and what they add up to."""

    totals: Figures
    days: list[Figures] = field(default_factory=list)


def counted_until() -> datetime | None:
    """Return up to when days are counted; None before the first time."""
    return RollupMark.objects.values_list("counted_until", flat=True).first()


def shop_dashboard(shop: Shop, period: Period) -> ShopDashboard:
    """Return what a seller's start page shows; eight statements."""
    rows = list(
        _within(ShopDay.objects.filter(shop=shop), period).values(*_SOLD, "day", "statuses")
    )
    statuses: Counter[str] = Counter()
    for row in rows:
        statuses.update(row.pop("statuses"))
    days = _filled(rows, period)
    return ShopDashboard(
        period=period,
        counted_until=counted_until(),
        totals=_summed(days),
        days=days,
        orders_by_status={status: statuses[status] for status in _STATUSES},
        top_products=_top_products(shop, period),
        average_rating=shop.average_rating,
        review_count=shop.review_count,
        histogram={
            rating: count
            for histogram in hooks.rating_histograms
            for rating, count in histogram(shop).items()
        },
        low_stock=_low_stock(shop),
        due=_due(shop),
    )


def platform_figures(period: Period) -> PlatformFigures:
    """Return the days of the whole site; one statement."""
    days = _filled(_within(PlatformDay.objects, period).values("day", *_PLATFORM), period)
    return PlatformFigures(_summed(days), days)


def payment_providers(period: Period) -> list[Provider]:
    """Return how the tries to pay went that began in these days; one statement."""
    sums = (
        _within(PaymentDay.objects, period)
        .values("provider")
        .annotate(all=Sum("started"), came=Sum("captured"), did_not=Sum("failed"))
        .order_by("provider")
    )
    return [Provider(row["provider"], row["all"], row["came"], row["did_not"]) for row in sums]


def top_shops(period: Period) -> list[TopShop]:
    """Return the shops that sold most; two statements."""
    sums = list(
        _within(ShopDay.objects, period)
        .values_list("shop_id")
        .annotate(sold=Sum("orders"), revenue=Sum("revenue_amount"))
        .filter(sold__gt=0)
        .order_by("-revenue", "-sold", "shop_id")[:TOP_PRODUCTS]
    )
    shops = Shop.objects.only("name", "slug").in_bulk([row[0] for row in sums])
    return [TopShop(shops[shop_id], sold, revenue) for shop_id, sold, revenue in sums]


def _top_products(shop: Shop, period: Period) -> list[TopProduct]:
    sums = list(
        _within(ProductDay.objects.filter(shop=shop), period)
        .values_list("product_id")
        .annotate(sold=Sum("units"), revenue=Sum("revenue_amount"), seen=Sum("views"))
        .filter(sold__gt=0)
        .order_by("-revenue", "-sold", "product_id")[:TOP_PRODUCTS]
    )
    products: dict[UUID, Product] = Product.objects.only("title", "slug", "thumbnail").in_bulk(
        [row[0] for row in sums]
    )
    return [TopProduct(products[row[0]], *row[1:]) for row in sums]


def _low_stock(shop: Shop) -> LowStock:
    low = ProductVariant.objects.of_shop(shop).low_in_stock()
    emptiest = low.annotate(free=F("stock__on_hand") - F("stock__reserved")).order_by("free", "id")
    return LowStock(
        count=low.order_by()[: COUNT_CAP + 1].count(),
        variants=list(emptiest.select_related("stock", "product")[:LOW_STOCK_SHOWN]),
    )


def _due(shop: Shop) -> Due:
    orders = dict(
        Order.objects.filter(shop=shop, status__in=TO_SERVE)
        .order_by()
        .values_list("status")
        .annotate(Count("id"))
    )
    ends_at = starts_at(today() + timedelta(days=1))
    waiting = Return.objects.filter(shop=shop, status=ReturnStatus.REQUESTED).with_due()
    returns = waiting.aggregate(all=Count("id"), today=Count("id", filter=Q(due_at__lt=ends_at)))
    return Due(
        to_confirm=orders.get(OrderStatus.PLACED, 0),
        to_pack=orders.get(OrderStatus.CONFIRMED, 0),
        to_hand_over=orders.get(OrderStatus.PACKED, 0),
        returns_to_answer=returns["all"],
        returns_due_today=returns["today"],
    )


def _within(rows: Any, period: Period) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.filter(day__gte=period.first, day__lte=period.last)
    return found


def _filled(rows: Iterable[dict[str, Any]], period: Period) -> list[Figures]:
    """Return a row for each day, also for those on which nothing happened."""
    found = {row["day"]: Figures(**row) for row in rows}
    return [found.get(day) or Figures(day) for day in period.days]


def _summed(days: Sequence[Figures]) -> Figures:
    return Figures(**{name: sum(getattr(day, name) for day in days) for name in _PLATFORM})


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
