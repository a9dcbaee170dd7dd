from marketplace.common.api.routers import Router
from notifications.api.views import NotificationViewSet

router = Router()
router.register("notifications", NotificationViewSet, basename="notification")

urlpatterns = router.urls
