"""What goes with a product."""

import pytest

from catalog.models import BoughtTogether
from catalog.search.related import record_bought_together
from catalog.tests.factories import CategoryFactory, ProductFactory
from marketplace.common.testing import run_in_parallel

pytestmark = pytest.mark.django_db


def related(api, product):
    return [row["title"] for row in api.get(f"/api/v1/products/{product.pk}/related").json()]


def test_title_and_attributes_decide_among_the_category(api):
    shirts = CategoryFactory()
    product = ProductFactory(title="Áo thun nam", category=shirts, attributes={"màu": "đỏ"})
    ProductFactory(title="Khăn len", category=shirts, sold_count=99)
    ProductFactory(title="Áo thun nữ", category=shirts)
    ProductFactory(title="Mũ nồi", category=shirts, attributes={"màu": "đỏ"})
    ProductFactory(title="Áo thun nam")

    assert related(api, product) == ["Áo thun nữ", "Mũ nồi", "Khăn len"]


def test_what_was_bought_together_comes_first_whatever_its_category(api):
    shirts = CategoryFactory()
    product = ProductFactory(title="Áo thun", category=shirts)
    ProductFactory(title="Áo thun dài", category=shirts)
    phone = ProductFactory(title="Ốp lưng")
    hidden = ProductFactory(title="Sạc", status="suspended")
    assert related(api, product) == ["Áo thun dài"]

    for _ in range(20):
        record_bought_together([product.pk, phone.pk, hidden.pk])

    assert related(api, product) == ["Ốp lưng", "Áo thun dài"]
    assert related(api, phone) == ["Áo thun"]
    pair = BoughtTogether.objects.get(product=product, other=phone)
    assert pair.orders == 20


@pytest.mark.django_db(transaction=True)
def test_orders_delivered_at_once_are_all_counted_without_deadlock():
    ids = [ProductFactory().pk for _ in range(4)]

    run_in_parallel(
        record_bought_together, arguments=[ids if n % 2 else ids[::-1] for n in range(8)]
    )

    assert set(BoughtTogether.objects.values_list("orders", flat=True)) == {8}
    assert BoughtTogether.objects.count() == 12
