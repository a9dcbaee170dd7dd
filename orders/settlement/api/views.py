"""The seller's money: balance, every entry of it, payouts and what they consist of."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from marketplace.common.api.requests import AuthenticatedRequest
from orders.settlement.api.filters import LedgerFilter, PayoutFilter
from orders.settlement.api.serializers import (
    BalanceSerializer,
    ExplanationSerializer,
    LedgerEntrySerializer,
    PayoutSerializer,
)
from orders.settlement.constants import SHOP_ACCOUNTS
from orders.settlement.models import LedgerEntry, Payout
from orders.settlement.selectors import balance_of, explain_payout
from shops.api.permissions import SellerMoneyMixin


class SellerBalanceView(SellerMoneyMixin):
    @extend_schema(tags=["seller"], responses=BalanceSerializer)
    def get(self, request: AuthenticatedRequest) -> Response:
        """Return what the platform owes the caller's shop, as the sums of its ledger."""
        return Response(BalanceSerializer(balance_of(self.shop)).data)


class SellerLedgerViewSet(
    SellerMoneyMixin, viewsets.GenericViewSet[LedgerEntry], mixins.ListModelMixin
):
    """Every change of the shop's balance, newest first; what it gets is positive."""

    serializer_class = LedgerEntrySerializer
    filterset_class = LedgerFilter
    queryset = LedgerEntry.objects.none()

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        entries = LedgerEntry.objects.filter(shop=self.shop, account__in=SHOP_ACCOUNTS)
        return entries.select_related("order", "payout_line").order_by("-created_at")


class SellerPayoutViewSet(
    SellerMoneyMixin,
    viewsets.GenericViewSet[Payout],
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
):
    """Payouts of the caller's shop, newest first."""

    serializer_class = PayoutSerializer
    filterset_class = PayoutFilter
    lookup_value_converter = "uuid"
    queryset = Payout.objects.none()

    def get_queryset(self) -> QuerySet[Payout]:
        return Payout.objects.filter(shop=self.shop).order_by("-created_at")

    @extend_schema(responses=ExplanationSerializer)
    @action(detail=True, methods=["get"])
    def explain(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Tell what a payout consists of, order by order and line by line, to the last unit."""
        return Response(ExplanationSerializer(explain_payout(self.get_object())).data)
