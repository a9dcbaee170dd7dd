from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView

from marketplace.monitoring.views import metrics_page
from marketplace.site import views


class FaviconView(RedirectView):
    """For pages that name no icon of their own, such as the admin's."""

    permanent = False

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        return static("site/favicon.svg")


urlpatterns = [
    path("", views.start_page, name="start"),
    path("favicon.ico", FaviconView.as_view()),
    path("health", views.HealthView.as_view(), name="health"),
    path("health/live", views.LiveView.as_view(), name="health-live"),
    path("health/ready", views.ReadyView.as_view(), name="health-ready"),
    path("metrics", metrics_page, name="metrics"),
    path("api/v1", views.ApiRootView.as_view(), name="api-root"),
    path("api/schema", views.SchemaView.as_view(), name="schema"),
    path("api/docs", views.SwaggerView.as_view(), name="docs"),
    path("api/redoc", views.RedocView.as_view(), name="redoc"),
]
