"""Every address of the site."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

API_APPS = (
    "accounts",
    "shops",
    "catalog",
    "cart",
    "orders",
    "vouchers",
    "reviews",
    "notifications",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    *(path("api/v1/", include(f"{app}.api.urls")) for app in API_APPS),
]

handler400 = "marketplace.common.api.errors.bad_request"
handler403 = "marketplace.common.api.errors.permission_denied"
handler404 = "marketplace.common.api.errors.not_found"
handler500 = "marketplace.common.api.errors.server_error"
