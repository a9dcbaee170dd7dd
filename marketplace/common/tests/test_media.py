"""Uploaded images over HTTP."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from marketplace.common.images import clean_image
from marketplace.common.testing import image_upload


def test_image_is_served_with_fixed_type_and_without_sniffing(api):
    name = default_storage.save("shops/logos/a.webp", clean_image(image_upload("WEBP")))

    response = api.get(default_storage.url(name))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == "inline"
    assert b"".join(response.streaming_content)[:4] == b"RIFF"


@pytest.mark.parametrize("name", ["page.html", "import.csv", "a.svg", "noextension"])
def test_other_files_below_the_media_root_are_not_served(api, name):
    stored = default_storage.save(name, ContentFile(b"<script>alert(1)</script>"))

    assert api.get(default_storage.url(stored)).status_code == 404


@pytest.mark.parametrize("path", ["../a.png", "%2e%2e/%2e%2e/a.png", "shops", "none.png"])
def test_nothing_outside_the_media_root_is_served(api, path):
    assert api.get(f"/media/{path}").status_code == 404
