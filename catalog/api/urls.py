from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("catalog.api.public.urls")),
    path("", include("catalog.api.seller.urls")),
    path("", include("catalog.api.bulk.urls")),
    path("", include("catalog.api.staff.urls")),
    path("", include("catalog.api.alerts.urls")),
    path("", include("catalog.api.wishlists.urls")),
]
