from django.urls import path

from orders.constants import PaymentMethod
from orders.payments.api.views import (
    PaymentReturnView,
    PostedWebhookView,
    QueryWebhookView,
)

urlpatterns = [
    path("webhooks/stripe", PostedWebhookView.as_view(provider=PaymentMethod.STRIPE)),
    path("webhooks/vnpay", QueryWebhookView.as_view(provider=PaymentMethod.VNPAY)),
    path("webhooks/momo", PostedWebhookView.as_view(provider=PaymentMethod.MOMO)),
    path("payments/return/<slug:provider>", PaymentReturnView.as_view()),
]
