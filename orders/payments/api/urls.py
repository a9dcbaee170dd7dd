from django.urls import path

from orders.constants import PaymentMethod
from orders.payments.api.staff import CloseRefundView, StaffRefundListView
from orders.payments.api.views import (
    PaymentReturnView,
    PostedPaymentWebhookView,
    QueryPaymentWebhookView,
)

urlpatterns = [
    path("webhooks/stripe", PostedPaymentWebhookView.as_view(provider=PaymentMethod.STRIPE)),
    path("webhooks/vnpay", QueryPaymentWebhookView.as_view(provider=PaymentMethod.VNPAY)),
    path("webhooks/momo", PostedPaymentWebhookView.as_view(provider=PaymentMethod.MOMO)),
    path("admin/refunds", StaffRefundListView.as_view()),
    path("admin/refunds/<uuid:pk>/close", CloseRefundView.as_view()),
    path("payments/return/<slug:provider>", PaymentReturnView.as_view()),
]
