"""How shops keep their word, for staff."""

from collections.abc import Callable

from django.contrib import admin
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin
from marketplace.common.columns import More, extend_list
from marketplace.common.panels import SHOWN, Panel, moment, panels
from orders.standing.models import ShopStanding
from orders.standing.querysets import at_risk
from orders.standing.selectors import due_of
from shops.models import Shop


def percent(bps: int) -> str:
    return f"{bps / 100:.1f} %"


@panels("shops.shop")
def _standing_of(request: HttpRequest, shop: Shop) -> list[Panel]:
    if not request.user.has_perm("standing.view_shopstanding"):
        return []
    row = ShopStanding.objects.filter(shop=shop).first()
    due = [each for each in due_of(shop, most=SHOWN) if each.due_at <= timezone.now()]
    facts = []
    if row is not None:
        facts = [
            ("Orders in 30 days", f"{row.orders:,}"),
            ("Late", percent(row.late_rate_bps)),
            ("Cancelled by the shop", percent(row.cancel_rate_bps)),
            ("Returned", percent(row.return_rate_bps)),
            ("Returns not answered", f"{row.late_answers:,}"),
        ]
    return [
        Panel(
            "Standing",
            facts=facts,
            columns=["Late now", "What", "Due"],
            rows=[[each.number, each.obligation.label, moment(each.due_at)] for each in due],
            empty="It sold nothing in 30 days.",
        )
    ]


class LateFilter(admin.SimpleListFilter):
    title = "late"
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("500", "5 % and more"), ("1000", "10 % and more"), ("2500", "25 % and more")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ShopStanding]
    ) -> QuerySet[ShopStanding]:
        value = self.value()
        if value is None or not (value.isascii() and value.isdigit()):
            return queryset
        return queryset.filter(late_rate_bps__gte=min(int(value), 10_000))


class AtRiskFilter(admin.SimpleListFilter):
    """Of the list of shops."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("at_risk", "at risk")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Shop]) -> QuerySet[Shop]:
        return queryset.filter(at_risk("standing__")) if self.value() == "at_risk" else queryset


def _rate_column(title: str, name: str) -> Callable[[Shop], str]:
    """Return a column of the list of shops; those that sold nothing come last."""
    rate = Coalesce(F(f"standing__{name}"), Value(-1))

    @admin.display(description=title, ordering=rate)
    def column(shop: Shop) -> str:
        standing = getattr(shop, "standing", None)
        return percent(getattr(standing, name)) if standing else "–"

    column.__name__ = name
    return column


extend_list(
    "shops.shop",
    More(
        permission="standing.view_shopstanding",
        columns=[
            _rate_column("late", "late_rate_bps"),
            _rate_column("cancelled", "cancel_rate_bps"),
            _rate_column("returned", "return_rate_bps"),
        ],
        filters=[AtRiskFilter],
        related=["standing"],
    ),
)


@admin.register(ShopStanding)
class ShopStandingAdmin(ReadOnlyAdmin, ModelAdmin[ShopStanding]):
    """The last 30 days of every shop that sold in them, the latest first."""

    list_display = ["shop", "orders", "late", "cancelled", "returned", "late_answers", "counted_at"]
    list_filter = [LateFilter]
    list_select_related = ["shop"]
    search_fields = ["=shop__slug"]
    search_help_text = "A whole shop slug."
    ordering = ["-late_rate_bps", "shop"]

    @admin.display(description="late", ordering="late_rate_bps")
    def late(self, row: ShopStanding) -> str:
        return percent(row.late_rate_bps)

    @admin.display(description="cancelled by the shop", ordering="cancel_rate_bps")
    def cancelled(self, row: ShopStanding) -> str:
        return percent(row.cancel_rate_bps)

    @admin.display(description="returned", ordering="return_rate_bps")
    def returned(self, row: ShopStanding) -> str:
        return percent(row.return_rate_bps)
