"""How shops keep their word, for staff."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from marketplace.common.admin import ModelAdmin, ReadOnlyAdmin
from marketplace.common.panels import SHOWN, Panel, moment, panels
from orders.standing.models import ShopStanding
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
