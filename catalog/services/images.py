"""Images of products. Where there are any, exactly one is the primary one."""

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now

from accounts.models import User
from catalog.constants import MAX_IMAGES, RENDITIONS
from catalog.errors import TooManyImages
from catalog.events import ImageAdded
from catalog.models import Product, ProductImage
from catalog.services._rows import lock_product
from catalog.services.derived import refresh_thumbnail
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.files.renditions import make_renditions
from marketplace.common.files.uploads import fetch_uploads
from marketplace.common.images import CleanImage
from marketplace.common.media import discard_file, store_file
from marketplace.common.outbox.services import publish
from marketplace.common.read_cache import catalogue_changed

_FOLDER = "products"


class ImageChanges(TypedDict, total=False):
    alt_text: str
    position: int
    is_primary: bool


def add_images(
    product_id: UUID, *, actor: User | None, images: Sequence[CleanImage]
) -> list[ProductImage]:
    """Append images to a product: all of them, or none. The first one ever is the primary one.

    The files are written before the transaction, and removed when there is no row for them.
    Locks: the product. Raises: NotFound; TooManyImages; StorageUnavailable.
    Publishes: catalog.image_added.
    """
    _refuse_beyond_limit(product_id, len(images))
    names: list[str] = []
    try:
        for image in images:
            names.append(store_file(_FOLDER, image))
        return _add_rows(product_id, list(zip(names, images, strict=True)))
    except (OperationalError, InterfaceError):
        # The connection may have broken inside the commit: a file without a row does no harm, a
        # row without its file does.
        raise
    except BaseException:
        for name in names:
            discard_file(name)
        raise


def add_uploaded_images(
    product_id: UUID, *, actor: User | None, shop_id: UUID, keys: Sequence[str]
) -> list[ProductImage]:
    """Append what a shop has sent straight to the storage, as `add_images` does.

    What was sent is deleted once it is taken. Locks: the product. Raises: NotFound; TooManyImages;
    InvalidInput for another's upload, a missing one, and what is no image; StorageUnavailable.
    Publishes: catalog.image_added.
    """
    _refuse_beyond_limit(product_id, len(keys))
    images = add_images(
        product_id, actor=actor, images=fetch_uploads(shop_id, keys, field="upload_keys")
    )
    for key in keys:
        discard_file(key)
    return images


def make_image_renditions(image_id: UUID) -> bool:
    """Make the renditions of an image, and show them from then on; returns whether it was needed.

    Idempotent; the files are written outside any transaction. Locks: the product.
    Raises: FileNotFoundError without the image's file; whatever the storage raises.
    """
    image = ProductImage.objects.filter(pk=image_id, has_renditions=False).first()
    if image is None:
        return False
    make_renditions(str(image.file.name), RENDITIONS)
    return _show_renditions(image)


@transaction.atomic
def _show_renditions(image: ProductImage) -> bool:
    Product.objects.lock(image.product_id)
    row = ProductImage.objects.filter(pk=image.pk)
    shown = row.update(has_renditions=True, updated_at=Now())
    catalogue_changed()
    if row.filter(is_primary=True).exists():
        refresh_thumbnail(image.product_id)
    return bool(shown)


@transaction.atomic
def update_image(
    image_id: UUID, *, actor: User | None, **changes: Unpack[ImageChanges]
) -> ProductImage:
    """Change an image; `position` moves it among its siblings, which close up.

    Locks: the product. Raises: NotFound; InvalidInput when the primary image is asked to be none.
    """
    product, image = _lock_of(image_id)
    if "alt_text" in changes:
        image.alt_text = changes["alt_text"]
        image.save(update_fields=["alt_text", "updated_at"])
    if "position" in changes:
        _reorder(product, image, changes["position"])
    is_primary = changes.get("is_primary", image.is_primary)
    if is_primary and not image.is_primary:
        _make_primary(product, image)
    elif image.is_primary and not is_primary:
        message = "Make another image the primary one instead."
        raise InvalidInput("is_primary", message, code="primary_required")
    image.refresh_from_db()
    catalogue_changed()
    return image


@transaction.atomic
def delete_image(image_id: UUID, *, actor: User | None) -> None:
    """Remove an image from its product; the next one becomes primary where it was.

    The file stays: orders show what was bought with it. Locks: the product. Raises: NotFound.
    """
    product, image = _lock_of(image_id)
    image.delete()
    _number(list(product.images.order_by("position", "id")))
    if image.is_primary and (heir := product.images.order_by("position", "id").first()):
        heir.is_primary = True
        heir.save(update_fields=["is_primary", "updated_at"])
    refresh_thumbnail(product.pk)


@transaction.atomic
def _add_rows(product_id: UUID, files: Sequence[tuple[str, CleanImage]]) -> list[ProductImage]:
    product = lock_product(product_id)
    existing = _refuse_beyond_limit(product.pk, len(files))
    rows = ProductImage.objects.bulk_create(
        ProductImage(
            product=product,
            file=name,
            width=image.width,
            height=image.height,
            position=existing + number,
            is_primary=existing + number == 0,
        )
        for number, (name, image) in enumerate(files)
    )
    refresh_thumbnail(product.pk)
    publish(*(ImageAdded(image_id=row.pk) for row in rows))
    return rows


def _refuse_beyond_limit(product_id: UUID, extra: int) -> int:
    existing = ProductImage.objects.filter(product=product_id).count()
    if existing + extra > MAX_IMAGES:
        raise TooManyImages(MAX_IMAGES)
    return existing


def _lock_of(image_id: UUID) -> tuple[Product, ProductImage]:
    """Lock the product that an image belongs to. Raises: NotFound."""
    product_id = (
        ProductImage.objects.filter(pk=image_id).values_list("product_id", flat=True).first()
    )
    if product_id is None:
        raise NotFound
    product = lock_product(product_id)
    image = ProductImage.objects.filter(pk=image_id).first()
    if image is None:
        raise NotFound
    return product, image


def _make_primary(product: Product, image: ProductImage) -> None:
    product.images.filter(is_primary=True).update(is_primary=False)
    image.is_primary = True
    image.save(update_fields=["is_primary", "updated_at"])
    refresh_thumbnail(product.pk)


def _reorder(product: Product, image: ProductImage, position: int) -> None:
    rows = [row for row in product.images.order_by("position", "id") if row.pk != image.pk]
    rows.insert(position, image)
    _number(rows)


def _number(rows: Sequence[ProductImage]) -> None:
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position", "updated_at"])
