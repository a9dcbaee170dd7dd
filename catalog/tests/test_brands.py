"""Brands."""

import pytest

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
