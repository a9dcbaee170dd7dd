"""Brands."""

import pytest
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from catalog.errors import SlugTaken, StillInUse
from catalog.models import Brand
from catalog.services.brands import archive_brand, create_brand, update_brand
from catalog.services.products import archive_product, update_product
from catalog.tests.factories import BrandFactory, ProductFactory
from marketplace.common.errors import NotFound
from marketplace.common.ids import uuid7
from marketplace.common.testing import run_in_parallel


@pytest.mark.django_db
def test_create_brand_makes_its_slug_from_its_name():
    assert create_brand(actor=None, name="Sữa Việt").slug == "sua-viet"
    assert create_brand(actor=None, name="Sữa Việt").slug == "sua-viet-2"
    assert create_brand(actor=None, name="…").slug == "x"

    with pytest.raises(SlugTaken):
        create_brand(actor=None, name="Khác", slug="sua-viet")


@pytest.mark.django_db
def test_brands_are_dragged_into_the_order_that_buyers_see(client, api):
    first, second, third = (create_brand(actor=None, name=name) for name in "CAB")
    client.force_login(StaffFactory())
    order = reverse("admin:catalog_brand_order")
    assert [row["name"] for row in api.get("/api/v1/brands").json()["results"]] == ["A", "B", "C"]

    page = client.get(order).content.decode()
    client.post(order, {"id": [str(third.pk), str(first.pk), str(second.pk)]})
    client.post(order, {"id": [str(second.pk), str(first.pk)]})  # not all of them
    create_brand(actor=None, name="0")

    assert [page.index(f"{name}: up") for name in "ABC"] == sorted(
        page.index(f"{name}: up") for name in "ABC"
    )
    assert order in client.get(reverse("admin:catalog_brand_changelist")).content.decode()
    url, seen = "/api/v1/brands?limit=3", []
    while url:
        answer = api.get(url).json()
        seen += [row["name"] for row in answer["results"]]
        url = answer["next"]
    assert seen == ["B", "C", "A", "0"]


@pytest.mark.django_db
def test_update_brand_changes_what_is_given():
    brand, other = BrandFactory(), BrandFactory()

    update_brand(brand.pk, actor=None, name="Mới", slug=brand.slug, is_active=False)
    with pytest.raises(SlugTaken):
        update_brand(brand.pk, actor=None, slug=other.slug)
    with pytest.raises(NotFound):
        update_brand(uuid7(), actor=None, name="x")

    brand.refresh_from_db()
    assert (brand.name, brand.is_active) == ("Mới", False)


@pytest.mark.django_db
def test_archive_brand_only_without_products_and_frees_its_slug():
    brand = create_brand(actor=None, name="Sữa Việt")
    product = ProductFactory(brand=brand)

    with pytest.raises(StillInUse):
        archive_brand(brand.pk, actor=None)
    archive_product(product.pk, actor=None)
    archive_brand(brand.pk, actor=None)
    archive_brand(brand.pk, actor=None)

    assert not Brand.objects.live().exists()
    assert create_brand(actor=None, name="Sữa Việt").slug == "sua-viet"
    with pytest.raises(NotFound):
        archive_brand(uuid7(), actor=None)


@pytest.mark.django_db(transaction=True)
def test_a_brand_is_not_archived_under_a_product_that_is_being_given_it():
    for _ in range(10):
        brand, product = BrandFactory(), ProductFactory()

        def give(brand=brand, product=product):
            update_product(product.pk, actor=None, brand_id=brand.pk)

        def archive(brand=brand):
            archive_brand(brand.pk, actor=None)

        run_in_parallel(lambda call: call(), arguments=[give, archive])

        brand.refresh_from_db()
        assert brand.archived_at is None or not brand.products.exists()
