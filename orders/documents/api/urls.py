from django.urls import path

from orders.documents.api.views import OrderInvoiceView, SellerInvoiceView

urlpatterns = [
    path("orders/<str:key>/invoice", OrderInvoiceView.as_view()),
    path("seller/orders/<str:key>/invoice", SellerInvoiceView.as_view()),
]
