"""What follows from the catalogue's own events, and from shops that change their names."""

from catalog.events import BrandRenamed, CategoryRenamed, ImageAdded
from catalog.search.documents import index_after_rename
from catalog.tasks import render_image_task
from marketplace.common.outbox.registry import handles
from shops.events import ShopUpdated


@handles(ImageAdded, external=True)
def make_renditions_of_image(event: ImageAdded) -> None:
    """Have the smaller copies of a new image made, by a task of its own: it takes a second."""
    render_image_task.delay(str(event.image_id))


# External, as each batch is a transaction of its own: a large shop would be a long one.


@handles(ShopUpdated, external=True)
def index_products_of_shop(event: ShopUpdated) -> None:
    index_after_rename(shop_id=event.shop_id)


@handles(BrandRenamed, external=True)
def index_products_of_brand(event: BrandRenamed) -> None:
    index_after_rename(brand_id=event.brand_id)


@handles(CategoryRenamed, external=True)
def index_products_of_category(event: CategoryRenamed) -> None:
    index_after_rename(category_id=event.category_id)
