"""Start pages: a seller's, and the staff's."""

from typing import Any

from django.contrib import admin
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import HasRight
from marketplace.common.api.requests import AuthenticatedRequest
from orders.metrics import selectors
from orders.metrics.api.serializers import (
    AdminDashboardSerializer,
    PeriodInput,
    SellerDashboardSerializer,
)
from orders.metrics.selectors import Period
from shops.api.permissions import EVERYBODY, HasShop, SellerViewMixin


class SellerDashboardView(SellerViewMixin):
    """How the caller's shop does; all of its team may look."""

    permission_classes = (IsAuthenticated, HasShop)
    read_roles = EVERYBODY

    @extend_schema(
        tags=["seller: shop"],
        summary="My shop in figures",
        description="Days are those of `time_zone`. Figures per day are of `counted_until`, a few "
        "minutes ago; `low_stock` and `due` are of this moment.",
        parameters=[PeriodInput],
        responses=SellerDashboardSerializer,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        dashboard = selectors.shop_dashboard(self.shop, _period(request))
        return Response(SellerDashboardSerializer(dashboard).data)


class AdminDashboardView(APIView):
    """How the site does, as far as the caller's rights go."""

    request: AuthenticatedRequest
    permission_classes = (IsAuthenticated, HasRight)
    rights = {"GET": ""}

    @extend_schema(
        tags=["staff"],
        summary="The site in figures",
        description="For staff. `sales` asks for the right to see orders, `registrations` users "
        "and shops, `payments` payments, `searches` what was searched for; without it the part "
        "is null.",
        parameters=[PeriodInput],
        responses=AdminDashboardSerializer,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        period = _period(request)
        may = request.user.has_perm
        figures = selectors.platform_figures(period)
        dashboard: dict[str, Any] = {
            "period": period,
            "counted_until": selectors.counted_until(),
            "waiting": _waiting(request),
            **dict.fromkeys(("sales", "registrations", "payments", "searches")),
        }
        if may("orders.view_order"):
            dashboard["sales"] = {"figures": figures, "top_shops": selectors.top_shops(period)}
        if may("accounts.view_user") and may("shops.view_shop"):
            dashboard["registrations"] = figures
        if may("payments.view_payment"):
            dashboard["payments"] = selectors.payment_providers(period)
        if may("catalog.view_searchquery"):
            dashboard["searches"] = figures
        return Response(AdminDashboardSerializer(dashboard).data)


def _period(request: AuthenticatedRequest) -> Period:
    query = PeriodInput(data=request.query_params)
    query.is_valid(raise_exception=True)
    period: Period = query.validated_data["period"]
    return period


def _waiting(request: AuthenticatedRequest) -> list[Any]:
    site: Any = admin.site
    return [row for row in site.waiting(request) if row.count]
