"""Images of products: files, order, and the primary one."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from catalog.constants import MAX_IMAGES
from catalog.errors import TooManyImages
from catalog.models import ProductImage
from catalog.services.images import add_images, delete_image, update_image
from catalog.services.products import archive_product
from catalog.tests.factories import ProductFactory
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.ids import uuid7
from marketplace.common.images import CleanImage, clean_image
from marketplace.common.testing import run_in_parallel


def picture(color: str = "red") -> CleanImage:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(buffer, "PNG")
    return clean_image(ContentFile(buffer.getvalue(), name="x.png"))


def add(product, number=1):
    return add_images(product.pk, actor=None, images=[picture() for _ in range(number)])


def order(product):
    return list(product.images.order_by("position").values_list("pk", flat=True))


def primaries(product):
    return list(product.images.filter(is_primary=True).values_list("pk", flat=True))


def files():
    try:
        return set(default_storage.listdir("products")[1])
    except FileNotFoundError:
        return set()


@pytest.mark.django_db
def test_add_images_makes_the_first_one_primary_and_the_thumbnail():
    product = ProductFactory()

    first, second = add(product, 2)
    (third,) = add(product)

    assert order(product) == [first.pk, second.pk, third.pk]
    assert primaries(product) == [first.pk]
    assert (first.width, first.height) == (40, 30)
    product.refresh_from_db()
    assert product.thumbnail == first.file.name
    assert default_storage.exists(product.thumbnail)


@pytest.mark.django_db
def test_add_images_beyond_the_limit_leaves_neither_row_nor_file():
    product = ProductFactory()
    add(product, MAX_IMAGES - 1)
    before = files()

    with pytest.raises(TooManyImages):
        add(product, 2)

    assert product.images.count() == MAX_IMAGES - 1
    assert files() == before


@pytest.mark.django_db
def test_add_images_removes_the_files_when_the_product_is_gone():
    product = ProductFactory()
    archive_product(product.pk, actor=None)
    before = files()

    with pytest.raises(NotFound):
        add(product, 2)

    assert files() == before


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_make_one_primary_image():
    for _ in range(5):
        product = ProductFactory()
        images = [[picture()] for _ in range(4)]

        outcomes = run_in_parallel(
            lambda files, pk=product.pk: add_images(pk, actor=None, images=files), arguments=images
        )

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert len(primaries(product)) == 1
        positions = product.images.values_list("position", flat=True)
        assert sorted(positions) == [0, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_images_holds_when_uploads_race():
    product = ProductFactory()
    add(product, MAX_IMAGES - 2)
    before = files()

    outcomes = run_in_parallel(
        lambda files: add_images(product.pk, actor=None, images=files),
        arguments=[[picture(), picture()] for _ in range(3)],
    )

    assert sum(isinstance(outcome, TooManyImages) for outcome in outcomes) == 2
    assert product.images.count() == MAX_IMAGES
    assert len(files() - before) == 2


@pytest.mark.django_db
def test_update_image_makes_it_primary_instead_of_the_other():
    product = ProductFactory()
    _, second = add(product, 2)

    image = update_image(second.pk, actor=None, is_primary=True, alt_text="Mặt sau")

    assert primaries(product) == [second.pk]
    assert image.alt_text == "Mặt sau"
    product.refresh_from_db()
    assert product.thumbnail == second.file.name


@pytest.mark.django_db
def test_update_image_cannot_leave_a_product_without_primary_image():
    product = ProductFactory()
    first, second = add(product, 2)

    update_image(second.pk, actor=None, is_primary=False)
    with pytest.raises(InvalidInput) as refusal:
        update_image(first.pk, actor=None, is_primary=False, alt_text="x", position=1)

    assert refusal.value.details[0]["field"] == "is_primary"
    assert primaries(product) == [first.pk]
    assert order(product) == [first.pk, second.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moved", "position", "expected"),
    [(0, 2, [1, 2, 0]), (2, 0, [2, 0, 1]), (0, 99, [1, 2, 0]), (1, 1, [0, 1, 2])],
)
def test_update_image_moves_it_among_its_siblings(moved, position, expected):
    product = ProductFactory()
    images = add(product, 3)

    update_image(images[moved].pk, actor=None, position=position)

    assert order(product) == [images[n].pk for n in expected]
    assert sorted(product.images.values_list("position", flat=True)) == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_one_image_is_primary_when_several_are_made_so_at_once():
    product = ProductFactory()
    images = add(product, 4)

    outcomes = run_in_parallel(
        lambda pk: update_image(pk, actor=None, is_primary=True),
        arguments=[image.pk for image in images],
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    (winner,) = primaries(product)
    product.refresh_from_db()
    assert product.thumbnail == ProductImage.objects.get(pk=winner).file.name


@pytest.mark.django_db
def test_delete_image_hands_the_primary_place_on_and_keeps_the_file():
    product = ProductFactory()
    first, second, third = add(product, 3)

    delete_image(first.pk, actor=None)

    assert primaries(product) == [second.pk]
    assert order(product) == [second.pk, third.pk]
    product.refresh_from_db()
    assert product.thumbnail == second.file.name
    # Orders made before show the product with it.
    assert default_storage.exists(first.file.name)

    delete_image(second.pk, actor=None)
    delete_image(third.pk, actor=None)
    product.refresh_from_db()
    assert product.thumbnail == ""


@pytest.mark.django_db
def test_images_of_an_archived_product_are_not_found():
    product = ProductFactory()
    (image,) = add(product)
    archive_product(product.pk, actor=None)

    for call in (update_image, delete_image):
        with pytest.raises(NotFound):
            call(image.pk, actor=None)
        with pytest.raises(NotFound):
            call(uuid7(), actor=None)
