from django.urls import include, path

from marketplace.common.api.routers import Router
from notifications.api.views import NotificationViewSet, PreferencesView

router = Router()
router.register("notifications", NotificationViewSet, basename="notification")

urlpatterns = [
    path("notifications/preferences", PreferencesView.as_view(), name="notification-preferences"),
    *router.urls,
    path("", include("notifications.webhooks.api.urls")),
]
