from typing import Any

from django.urls import URLPattern, URLResolver, path

from marketplace.common.api.routers import Router
from orders.returns.api.seller import SellerRefundViewSet, SellerReturnViewSet
from orders.returns.api.views import OrderReturnViewSet, ReturnViewSet

router = Router()
router.register("returns", ReturnViewSet, basename="return")
router.register("seller/returns", SellerReturnViewSet, basename="seller-return")

_LIST_AND_CREATE: Any = {"get": "list", "post": "create"}

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("orders/<str:key>/returns", OrderReturnViewSet.as_view(_LIST_AND_CREATE)),
    path("seller/orders/<str:key>/refunds", SellerRefundViewSet.as_view(_LIST_AND_CREATE)),
]
