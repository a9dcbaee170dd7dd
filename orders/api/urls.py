from django.urls import include, path

from marketplace.common.api.routers import Router
from orders.api.seller import SellerOrderViewSet
from orders.api.views import CheckoutViewSet, OrderViewSet, PaymentViewSet

router = Router()
router.register("orders", OrderViewSet, basename="order")
router.register("checkouts", CheckoutViewSet, basename="checkout")
router.register("payments", PaymentViewSet, basename="payment")
router.register("seller/orders", SellerOrderViewSet, basename="seller-order")

urlpatterns = [path("", include(router.urls))]
