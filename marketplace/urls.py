"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.core.files.storage import FileSystemStorage, default_storage
from django.urls import URLPattern, URLResolver, include, path

from marketplace.common.media import serve_image
from orders.payments.api.views import fake_page

# In the order in which addresses are looked for, here and in what is included: what is called most
# comes first. Only addresses without variable parts are found again without a search.
API_APPS = (
    "catalog",
    "cart",
    "orders",
    "accounts",
    "shops",
    "vouchers",
    "reviews",
    "notifications",
)

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("api/v1/", include(f"{app}.api.urls")) for app in API_APPS),
    path("", include("marketplace.site.urls")),
    path("admin/", admin.site.urls),
    path("payments/fake/<uuid:reference>", fake_page, name="fake-payment"),
]

# In production the web server in front or the object storage serves media.
if settings.ENVIRONMENT != "production" and isinstance(default_storage, FileSystemStorage):
    urlpatterns.append(path(f"{settings.MEDIA_URL.strip('/')}/<path:path>", serve_image))

handler400 = "marketplace.common.api.errors.bad_request"
handler403 = "marketplace.common.api.errors.permission_denied"
handler404 = "marketplace.common.api.errors.not_found"
handler500 = "marketplace.common.api.errors.server_error"
