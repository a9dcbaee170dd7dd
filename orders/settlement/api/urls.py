from django.urls import include, path

from marketplace.common.api.routers import Router
from orders.settlement.api.views import (
    SellerBalanceView,
    SellerLedgerViewSet,
    SellerPayoutViewSet,
)

router = Router()
router.register("seller/ledger", SellerLedgerViewSet, basename="seller-ledger")
router.register("seller/payouts", SellerPayoutViewSet, basename="seller-payout")

urlpatterns = [path("seller/balance", SellerBalanceView.as_view()), path("", include(router.urls))]
