from django.urls import path

from orders.fulfilment.api.views import (
    BulkConfirmView,
    BulkLabelsView,
    CancelShipmentView,
    CarrierWebhookView,
    LabelView,
    ShipmentsView,
)
from shops.shipping.constants import Carrier

urlpatterns = [
    path("webhooks/ghtk", CarrierWebhookView.as_view(carrier=Carrier.GHTK)),
    path("webhooks/viettelpost", CarrierWebhookView.as_view(carrier=Carrier.VIETTEL_POST)),
    path("seller/orders/bulk/confirm", BulkConfirmView.as_view()),
    path("seller/orders/bulk/labels", BulkLabelsView.as_view()),
    path("seller/orders/<slug:key>/shipments", ShipmentsView.as_view()),
    path(
        "seller/orders/<slug:key>/shipments/<uuid:shipment_id>/cancel",
        CancelShipmentView.as_view(),
    ),
    path("seller/orders/<slug:key>/label", LabelView.as_view()),
]
