"""The category tree: its shape always holds."""

import pytest

from catalog.constants import MAX_CATEGORY_DEPTH
from catalog.errors import CategoryCycle, CategoryTooDeep, SlugTaken, StillInUse
from catalog.models import Category
from catalog.services.categories import (
    archive_category,
    create_category,
    move_category,
    order_categories,
    update_category,
)
from catalog.services.products import archive_product
from catalog.tests.factories import ProductFactory
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.ids import uuid7
from marketplace.common.testing import run_in_parallel


def make(name: str, parent: Category | None = None, **fields) -> Category:
    return create_category(actor=None, name=name, parent_id=parent.pk if parent else None, **fields)


def chain(length: int) -> list[Category]:
    rows: list[Category] = []
    for n in range(length):
        rows.append(make(f"Cấp {n}", rows[-1] if rows else None))
    return rows


def assert_tree_is_sound():
    """Every path is the parent's path and the own id, every depth the number of ancestors."""
    for category in Category.objects.select_related("parent"):
        above = category.parent
        assert category.path == (above.path if above else "") + f"{category.pk.hex}/"
        assert category.depth == (above.depth + 1 if above else 0)


@pytest.mark.django_db
def test_create_category_names_its_slug_and_its_place():
    root = make("Điện tử")
    child = make("Phụ kiện", root)
    twin = make("Phụ kiện", make("Thời trang"))

    assert (root.slug, root.depth) == ("dien-tu", 0)
    assert (child.slug, child.depth) == ("phu-kien", 1)
    assert twin.slug == "phu-kien-2"
    assert list(Category.objects.below(root).order_by("depth")) == [root, child]
    assert_tree_is_sound()


@pytest.mark.django_db
def test_create_category_refuses_a_slug_that_is_in_use_and_an_unknown_parent():
    make("Điện tử")

    with pytest.raises(SlugTaken):
        make("Khác", slug="dien-tu")
    with pytest.raises(InvalidInput):
        create_category(actor=None, name="Khác", parent_id=uuid7())

    assert Category.objects.count() == 1


@pytest.mark.django_db
def test_create_category_stops_at_the_deepest_level():
    rows = chain(MAX_CATEGORY_DEPTH)

    with pytest.raises(CategoryTooDeep):
        make("Quá sâu", rows[-1])


@pytest.mark.django_db
def test_update_category_changes_it_where_it_stands():
    root, child = chain(2)

    update_category(child.pk, actor=None, name="Mới", slug="moi", is_active=False, position=3)
    with pytest.raises(SlugTaken):
        update_category(child.pk, actor=None, slug=root.slug)

    child.refresh_from_db()
    assert (child.name, child.slug, child.is_active, child.position) == ("Mới", "moi", False, 3)
    assert_tree_is_sound()


@pytest.mark.django_db
def test_move_category_takes_everything_below_along():
    first = chain(3)
    other = make("Khác")

    move_category(first[1].pk, actor=None, parent_id=other.pk)

    assert_tree_is_sound()
    assert list(Category.objects.below(other).order_by("depth")) == [other, first[1], first[2]]
    move_category(first[1].pk, actor=None, parent_id=None)
    assert_tree_is_sound()
    assert Category.objects.get(pk=first[2].pk).depth == 1


@pytest.mark.django_db
def test_move_category_refuses_cycles_depth_and_unknown_parents():
    rows = chain(MAX_CATEGORY_DEPTH)
    other = make("Khác")
    gone = make("Cũ")
    archive_category(gone.pk, actor=None)

    for parent in (rows[0], rows[3]):
        with pytest.raises(CategoryCycle):
            move_category(rows[0].pk, actor=None, parent_id=parent.pk)
    with pytest.raises(CategoryTooDeep):
        move_category(rows[0].pk, actor=None, parent_id=other.pk)
    with pytest.raises(InvalidInput):
        move_category(other.pk, actor=None, parent_id=gone.pk)
    with pytest.raises(NotFound):
        move_category(gone.pk, actor=None, parent_id=None)

    assert_tree_is_sound()
    assert Category.objects.get(pk=rows[-1].pk).depth == MAX_CATEGORY_DEPTH - 1


@pytest.mark.django_db(transaction=True)
def test_moves_at_once_cannot_make_a_cycle():
    for _ in range(10):
        first, second = make("Một"), make("Hai")

        outcomes = run_in_parallel(
            lambda pair: move_category(pair[0], actor=None, parent_id=pair[1]),
            arguments=[(first.pk, second.pk), (second.pk, first.pk)],
        )

        assert sum(isinstance(outcome, CategoryCycle) for outcome in outcomes) == 1
    assert_tree_is_sound()


@pytest.mark.django_db(transaction=True)
def test_a_child_made_while_its_parent_moves_has_the_right_path():
    for n in range(10):
        parent, target = make(f"Cha {n}"), make(f"Đích {n}")

        def create(parent=parent):
            make("Con", parent)

        def move(parent=parent, target=target):
            move_category(parent.pk, actor=None, parent_id=target.pk)

        assert run_in_parallel(lambda call: call(), arguments=[create, move]) == [None, None]

    assert_tree_is_sound()


@pytest.mark.django_db
def test_archive_category_only_when_nothing_hangs_on_it():
    root, child = chain(2)
    product = ProductFactory(category=child)

    with pytest.raises(StillInUse):
        archive_category(root.pk, actor=None)
    with pytest.raises(StillInUse):
        archive_category(child.pk, actor=None)
    assert not Category.objects.exclude(archived_at=None).exists()

    archive_product(product.pk, actor=None)
    for category in (child, root, root):
        archive_category(category.pk, actor=None)

    assert not Category.objects.live().exists()
    with pytest.raises(NotFound):
        archive_category(uuid7(), actor=None)
    with pytest.raises(NotFound):
        update_category(root.pk, actor=None, name="x")


@pytest.mark.django_db
def test_archive_category_frees_its_slug():
    old = make("Điện tử")
    archive_category(old.pk, actor=None)

    assert make("Điện tử").slug == "dien-tu"


@pytest.mark.django_db(transaction=True)
def test_a_slug_is_given_once_when_two_categories_are_made_at_once():
    outcomes = run_in_parallel(lambda: make("Điện tử"), times=4)

    assert sorted(row.slug for row in outcomes) == [
        "dien-tu",
        "dien-tu-2",
        "dien-tu-3",
        "dien-tu-4",
    ]


@pytest.mark.django_db
def test_children_are_put_into_an_order_that_names_each_once():
    root = make("Gốc")
    first, second, third = (make(name, root, position=7) for name in "ABC")
    other = make("Khác")
    wanted = [third.pk, first.pk, second.pk]

    order_categories(wanted, actor=None, parent_id=root.pk)

    children = Category.objects.filter(parent=root).order_by("position")
    assert list(children.values_list("pk", "position")) == list(zip(wanted, (1, 2, 3), strict=True))
    archive_category(second.pk, actor=None)
    for stale in (
        [first.pk, second.pk, third.pk],
        [first.pk],
        [first.pk, first.pk],
        [first.pk, third.pk, other.pk],
        [],
    ):
        with pytest.raises(InvalidInput):
            order_categories(stale, actor=None, parent_id=root.pk)
    live = children.filter(archived_at=None)
    assert list(live.values_list("pk", "position")) == [(third.pk, 1), (first.pk, 2)]
