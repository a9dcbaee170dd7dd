from django.urls import URLPattern, URLResolver, path

from catalog.api.alerts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("products/<slug:ref>/alerts", views.ProductAlertsView.as_view()),
    path("alerts", views.AlertListView.as_view()),
    path("alerts/<uuid:pk>", views.AlertView.as_view()),
]
