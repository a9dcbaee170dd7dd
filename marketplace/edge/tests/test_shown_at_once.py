"""What is shown changes with the commit that changes it, and when a period begins or ends."""

from datetime import timedelta

import pytest
import redis
import time_machine
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from catalog.inventory.services import set_on_hand
from catalog.services import banners, brands, categories, images, products, sales, variants
from catalog.tests.factories import (
    BannerFactory,
    BrandFactory,
    CategoryFactory,
    VariantFactory,
)
from marketplace.common.images import clean_image
from marketplace.common.testing import image_upload
from marketplace.edge.tests.conftest import stored_keys
from orders.tests.factories import place
from shops.models import Shop, ShopHoliday
from shops.services.holidays import set_holiday
from shops.services.profiles import correct_shop
from shops.services.states import suspend_shop

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/products"


def _image(product):
    return images.add_images(product.pk, actor=None, images=[clean_image(image_upload())])[0]


CHANGES = {
    "title": lambda p: products.update_product(p.pk, actor=None, title="Mới"),
    "price": lambda p: variants.update_variant(
        p.variants.get().pk, actor=None, price_amount=77_000
    ),
    "variant added": lambda p: variants.add_variant(
        p.pk, actor=None, draft=variants.VariantDraft(sku="NEW", price_amount=5)
    ),
    "stock ends": lambda p: set_on_hand(p.variants.get().pk, 0, actor=None),
    "stock, still some": lambda p: set_on_hand(p.variants.get().pk, 5, actor=None),
    "ordered, still some": lambda p: place((p.variants.get(), 1)),
    "ordered, the last ones": lambda p: place((p.variants.get(), 10)),
    "image": _image,
    "withdrawn": lambda p: products.withdraw_product(p.pk, actor=None),
    "archived": lambda p: products.archive_product(p.pk, actor=None),
    "suspended": lambda p: products.suspend_product(p.pk, actor=StaffFactory(), reason="x"),
    "sold": lambda p: sales.record_sales(p.shop_id, {p.pk: 3}),
    "category renamed": lambda p: categories.update_category(p.category_id, actor=None, name="M"),
    "category moved": lambda p: categories.move_category(
        p.category_id, actor=None, parent_id=CategoryFactory().pk
    ),
    "brand renamed": lambda p: brands.update_brand(p.brand_id, actor=None, name="M"),
    "brand hidden": lambda p: brands.update_brand(p.brand_id, actor=None, is_active=False),
    "shop renamed": lambda p: correct_shop(p.shop_id, actor=None, name="M"),
    "shop suspended": lambda p: suspend_shop(p.shop_id, actor=None, reason="x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_is_shown_from_its_commit_on(site, change):
    product = VariantFactory(product__brand=BrandFactory()).product
    pk = str(product.pk)
    urls = [f"{LIST}/{ref}" for ref in (product.slug, pk.upper(), pk, pk.replace("-", "", 1))]
    before = [site.get(url).body for url in urls]
    assert [site.get(url).body for url in urls] == before

    change(product)

    after = [site.get(url) for url in urls]
    assert all(reply.body != old for reply, old in zip(after, before, strict=True))


def test_featured_products_are_listed_from_the_commit_on(site):
    product = VariantFactory().product
    assert site.get(f"{LIST}?featured=true").json["results"] == []

    products.feature_product(product.pk, actor=StaffFactory(), is_featured=True)

    assert len(site.get(f"{LIST}?featured=true").json["results"]) == 1


def test_brands_and_categories_are_listed_from_the_commit_on(site):
    creators = {"brands": brands.create_brand, "categories": categories.create_category}
    for path, create in creators.items():
        site.get(f"/api/v1/{path}")
        create(actor=None, name="Rất mới")
        assert "Rất mới" in site.get(f"/api/v1/{path}").body.decode()


def test_what_is_rolled_back_leaves_the_stored_answer(site):
    product = VariantFactory().product
    site.get(LIST)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        products.update_product(product.pk, actor=None, title="Nie")
        1 / 0  # noqa: B018

    site.get(LIST)
    assert site.passed == [LIST]


def test_holiday_shows_at_once_and_stored_pages_end_when_it_begins(site):
    product = VariantFactory().product
    shop = product.shop
    pages = {
        f"/api/v1/products/{product.slug}": lambda body: body,
        f"/api/v1/shops/{shop.slug}": lambda body: body,
        "/api/v1/shops": lambda body: body["results"][0],
    }
    for url, found in pages.items():
        assert found(site.get(url).json)["holiday"] is None

    starts_at = timezone.now() + timedelta(seconds=9)
    set_holiday(shop.pk, starts_at=starts_at, ends_at=starts_at + timedelta(days=1))

    store = redis.Redis.from_url(django_settings.CACHES["default"]["LOCATION"])
    store.delete(*stored_keys())
    site.edge.copies.close()
    for url, found in pages.items():
        assert found(site.get(url).json)["holiday"]["is_now"] is False
        [key] = stored_keys()
        assert 0 < store.pttl(key) <= 9_000
        store.delete(key)  # as it would be by itself
        site.edge.copies.close()
    now = timezone.now()
    begun = {"starts_at": now - timedelta(seconds=1), "ends_at": now + timedelta(seconds=3)}
    ShopHoliday.objects.update(**begun)
    Shop.objects.update(**{f"holiday_{name}": moment for name, moment in begun.items()})
    for url, found in pages.items():
        reply = site.get(url)
        assert found(reply.json)["holiday"]["is_now"] is True
        assert "max-age=5" not in reply.headers["Cache-Control"]


def test_banners_change_at_once_and_when_their_period_ends(site):
    BannerFactory(title="always")
    url = "/api/v1/banners"
    assert b"always" in site.get(url).body
    assert site.get(url).status == 200
    assert site.passed == [url]

    ends_at = timezone.now() + timedelta(seconds=0.7)
    banners.save_banner(None, actor=None, title="short", image="banners/b.jpg", ends_at=ends_at)

    reply = site.get(url)
    assert b"short" in reply.body
    assert "max-age=0" in reply.headers["Cache-Control"]
    [key] = stored_keys()
    store = redis.Redis.from_url(django_settings.CACHES["default"]["LOCATION"])
    assert 0 < store.pttl(key) <= 700
    store.delete(key)  # as it would be by itself
    with time_machine.travel(ends_at, tick=True):
        assert b"short" not in site.get(url).body
