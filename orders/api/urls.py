from django.urls import include, path

from marketplace.common.api.routers import Router
from orders.api.seller import SellerOrderViewSet
from orders.api.views import CheckoutViewSet, OrderViewSet, PaymentViewSet
from orders.api.vouchers import VoucherViewSet

router = Router()
router.register("orders", OrderViewSet, basename="order")
router.register("checkouts", CheckoutViewSet, basename="checkout")
router.register("payments", PaymentViewSet, basename="payment")
router.register("seller/orders", SellerOrderViewSet, basename="seller-order")
router.register("vouchers", VoucherViewSet, basename="voucher")

urlpatterns = [
    path("", include("orders.payments.api.urls")),
    path("", include("orders.fulfilment.api.urls")),
    path("", include("orders.returns.api.urls")),
    path("", include("orders.settlement.api.urls")),
    path("", include("orders.metrics.api.urls")),
    path("", include("orders.standing.api.urls")),
    path("", include("orders.documents.api.urls")),
    path("", include(router.urls)),
]
