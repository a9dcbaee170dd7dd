"""The demo's generators, without a database."""

from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest

from marketplace.demo import data
from marketplace.demo.goods import ProductMaker, average
from marketplace.demo.people import DemoShop, Leaf, World
from marketplace.demo.pictures import Picture
from marketplace.demo.sales.sale import NUMBERS, scattered
from marketplace.demo.tables import id_at

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def make(number: int, *, seed: int = 1):
    shops = [DemoShop(UUID(int=1), UUID(int=2), "Tiệm Nhà Mây", "Hà Nội")]
    leaves = [
        Leaf(UUID(int=9), name, section, department)
        for department in data.DEPARTMENTS
        for section in department.sections
        for name in section.leaves
    ]
    pictures = (
        {leaf.section.name: Picture("a.webp") for leaf in leaves},
        {leaf.department.name: [Picture("b.webp")] for leaf in leaves},
    )
    world = World(shops=shops, buyers=[], leaves=leaves, brands=[(UUID(int=3), "Sao Khuê")])
    return ProductMaker(world, pictures, seed=seed, now=NOW).make(number)[0]


def test_product_is_the_same_whenever_it_is_made():
    assert make(7) == make(7)
    assert make(7).title != make(8).title or make(7).variants != make(8).variants
    assert make(7) != make(7, seed=2)


def test_prices_are_whole_thousands_below_their_compare_at_price():
    for number in range(500):
        for variant in make(number).variants:
            assert variant.price > 0
            assert variant.price % 1000 == 0
            assert variant.compare_at_price is None or variant.compare_at_price > variant.price


def test_ids_are_version_7_and_tell_their_time():
    made = id_at(NOW, Random(1))

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_order_numbers_do_not_collide():
    assert len({scattered(number) for number in range(100_000)}) == 100_000
    assert NUMBERS % 2 == 0  # so any odd factor permutes them


@pytest.mark.parametrize(
    ("ratings", "mean"), [([], "0"), ([5], "5.00"), ([5, 4, 4], "4.33"), ([4, 5] * 4, "4.50")]
)
def test_average_has_two_decimals(ratings, mean):
    assert str(average(ratings)) == mean
