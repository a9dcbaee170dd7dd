from typing import Any

from django.urls import URLPattern, URLResolver, path

from marketplace.common.api.routers import Router
from notifications.webhooks.api.views import (
    SellerWebhookDeliveryViewSet,
    SellerWebhookViewSet,
    StaffWebhookDeliveryViewSet,
    StaffWebhookViewSet,
)

router = Router()
router.register("seller/webhooks", SellerWebhookViewSet, basename="seller-webhook")
router.register("admin/webhooks", StaffWebhookViewSet, basename="staff-webhook")

_LIST: Any = {"get": "list"}
_REPLAY: Any = {"post": "replay"}

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    *(
        path(f"{side}/webhooks/{address}", view.as_view(actions))
        for side, view in (
            ("seller", SellerWebhookDeliveryViewSet),
            ("admin", StaffWebhookDeliveryViewSet),
        )
        for address, actions in (
            ("<uuid:endpoint_id>/deliveries", _LIST),
            ("deliveries/<uuid:pk>/replay", _REPLAY),
        )
    ),
]
