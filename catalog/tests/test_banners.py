"""Banners: their period, their order, where they may lead, and who sees what when."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from catalog.links import check_link
from catalog.models import Banner
from catalog.services.banners import save_banner
from catalog.tests.factories import BannerFactory
from marketplace.common.errors import InvalidInput
from marketplace.common.ids import uuid7
from marketplace.common.testing import image_upload

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
URL = "/api/v1/banners"


def test_banners_of_the_moment_are_shown_in_order(client, django_assert_num_queries):
    second = BannerFactory(position=2, ends_at=NOW + timedelta(seconds=1))
    first = BannerFactory(position=1, starts_at=NOW, link="/sale")
    BannerFactory(starts_at=NOW + timedelta(seconds=3))
    BannerFactory(ends_at=NOW)
    BannerFactory(is_active=False)
    BannerFactory(image="")

    with time_machine.travel(NOW, tick=False), django_assert_num_queries(2):
        response = client.get(URL)

    assert [row["id"] for row in response.json()] == [str(first.pk), str(second.pk)]
    assert response.json()[0]["link"] == "/sale"
    assert "max-age=1" in response["Cache-Control"]
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        assert [row["id"] for row in client.get(URL).json()] == [str(first.pk)]


def test_links_lead_to_a_path_or_over_https():
    for good in ("", "/", "/products?on_sale=true#top", "https://a.example.com:8443/x?y=1"):
        assert save_banner(None, actor=None, title="A", link=good).link == good
        check_link(good)
    before = list(Banner.objects.values())

    for bad in (
        *("//evil.test", "/\\evil.test", "javascript:alert(1)", "http://a.test", "products"),
        *(
            "https://user@evil.test",
            "https://",
            "/a\nb",
            "/a b",
            "\thttps://a.test",
            "https://a:x/",
        ),
        *("https:/evil.test", "https:\\\\evil.test", '/"><script>', "data:text/html,x"),
    ):
        with pytest.raises(InvalidInput):
            save_banner(None, actor=None, title="A", link=bad)
    with pytest.raises(InvalidInput):
        save_banner(None, actor=None, title="A", starts_at=NOW, ends_at=NOW)

    assert list(Banner.objects.values()) == before


def test_staff_keep_banners_in_the_console(client):
    client.force_login(StaffFactory())
    form = {"title": "Tết", "link": "/tet", "alt_text": "Hoa", "is_active": "on"}

    for title in ("Tết", "Hè"):
        made = client.post(
            reverse("admin:catalog_banner_add"), {**form, "title": title, "image": image_upload()}
        )
        assert made.status_code == 302
    first, second = Banner.objects.order_by("position")
    order = reverse("admin:catalog_banner_order")
    assert "Hè" in client.get(order).content.decode()
    client.post(order, {"id": [str(second.pk), str(first.pk)]})
    client.post(order, {"id": [str(first.pk), str(uuid7())]})  # not all of them

    assert list(Banner.objects.order_by("position")) == [second, first]
    assert first.image.name.startswith("banners/")
    page = reverse("admin:catalog_banner_change", args=[first.pk])
    refused = client.post(page, {**form, "link": "javascript:alert(1)"})
    assert "begins with one /" in refused.content.decode()
    client.post(reverse("admin:catalog_banner_delete", args=[first.pk]), {"post": "yes"})
    assert [row["title"] for row in client.get(URL).json()] == ["Hè"]
