from django.urls import include, path

from marketplace.common.api.routers import Router
from orders.documents.api.seller import SellerStatementViewSet
from orders.documents.api.views import OrderInvoiceView, SellerInvoiceView

router = Router()
router.register("seller/statements", SellerStatementViewSet, basename="seller-statement")

urlpatterns = [
    path("", include(router.urls)),
    path("orders/<str:key>/invoice", OrderInvoiceView.as_view()),
    path("seller/orders/<str:key>/invoice", SellerInvoiceView.as_view()),
]
