"""Every service that changes what the public sees drops the stored answers that show it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from catalog.inventory import services as inventory
from catalog.inventory.models import Reservation
from catalog.models import Brand, Category, Product, ProductVariant
from catalog.services import brands, categories, images, products, variants
from catalog.services.batch_rows import ProductRows, VariantRow
from catalog.services.batches import apply_products
from catalog.services.renditions import make_missing
from catalog.tests.factories import BrandFactory, CategoryFactory, VariantFactory
from marketplace.common.ids import uuid7
from marketplace.common.images import clean_image
from marketplace.common.testing import drain_outbox, image_upload
from orders.tests.factories import place
from shops.services import profiles, states

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1"


def _picture() -> Any:
    return clean_image(image_upload(size=(1600, 800)))


def _variant(product: Product) -> ProductVariant:
    return product.variants.get()


def _add_image(product: Product) -> Any:
    return images.add_images(product.pk, actor=None, images=[_picture()])[0]


def _add_two_images(product: Product) -> Any:
    first, second = images.add_images(product.pk, actor=None, images=[_picture(), _picture()])
    drain_outbox()
    return first, second


def _order(product: Product) -> Any:
    place((_variant(product), 10))
    return Reservation.objects.get().reference


def _batch(product: Product, **row: Any) -> Any:
    on_sale = row.pop("on_sale", None)
    changes = {"title": row.pop("title")} if "title" in row else {}
    rows = [VariantRow(number=2, sku=_variant(product).sku, **row)]
    given = ProductRows(key=product.slug, rows=rows, changes=changes, on_sale=on_sale)
    result = apply_products(product.shop_id, [given], actor=None)
    assert result.errors == []


def _edit_in_the_console(model: Any, pk: Any, **values: Any) -> None:
    console = Client()
    console.force_login(StaffFactory(is_superuser=True))
    address = reverse(f"admin:catalog_{model._meta.model_name}_change", args=[pk])
    form = console.get(address).context["adminform"].form
    given = {name: value for name in form.fields if (value := form.initial.get(name))} | values
    assert console.post(address, given).status_code == 302


def _detail(product: Product) -> str:
    return f"/products/{product.slug}"


def _list(product: Product) -> str:
    return "/products"


def _of(path: str) -> Callable[[Product], str]:
    return lambda product: path.format(p=product)


@dataclass(frozen=True)
class Change:
    """`make` takes the product and what `prepare` has returned."""

    make: Callable[[Product, Any], object]
    prepare: Callable[[Product], Any] = lambda product: None
    shown: Callable[[Product], str] = _detail


CHANGES = {
    "renditions ready": Change(lambda p, _: drain_outbox(), _add_image),
    "renditions made up for": Change(
        lambda p, _: make_missing(limit=None, on_progress=lambda: None), _add_image
    ),
    "renditions in lists": Change(lambda p, _: drain_outbox(), _add_image, _list),
    "image described": Change(
        lambda p, rows: images.update_image(rows[0].pk, actor=None, alt_text="Mặt trước"),
        _add_two_images,
    ),
    "image moved": Change(
        lambda p, rows: images.update_image(rows[1].pk, actor=None, position=0), _add_two_images
    ),
    "image made primary": Change(
        lambda p, rows: images.update_image(rows[1].pk, actor=None, is_primary=True),
        _add_two_images,
        _list,
    ),
    "image deleted": Change(
        lambda p, rows: images.delete_image(rows[1].pk, actor=None), _add_two_images
    ),
    "brand's logo": Change(
        lambda p, _: brands.update_brand(p.brand_id, actor=None, logo=_picture()),
        shown=_of("/brands/{p.brand.slug}"),
    ),
    "brand's logo resized": Change(
        lambda p, _: drain_outbox(),
        lambda p: brands.update_brand(p.brand_id, actor=None, logo=_picture()),
        _of("/brands"),
    ),
    "brand archived": Change(
        lambda p, unused: brands.archive_brand(unused.pk, actor=None),
        lambda p: BrandFactory(),
        _of("/brands"),
    ),
    "category's image": Change(
        lambda p, _: categories.update_category(p.category_id, actor=None, image=_picture()),
        shown=_of("/categories"),
    ),
    "category's image resized": Change(
        lambda p, _: drain_outbox(),
        lambda p: categories.update_category(p.category_id, actor=None, image=_picture()),
        _of("/categories/{p.category.slug}"),
    ),
    "category archived": Change(
        lambda p, empty: categories.archive_category(empty.pk, actor=None),
        lambda p: CategoryFactory(),
        _of("/categories"),
    ),
    "category's count": Change(
        lambda p, _: products.archive_product(p.pk, actor=None), shown=_of("/categories")
    ),
    "shop's logo": Change(
        lambda p, _: profiles.set_shop_image(p.shop_id, kind="logo", image=_picture()),
        shown=_of("/shops/{p.shop.slug}"),
    ),
    "shop's logo resized": Change(
        lambda p, _: drain_outbox(),
        lambda p: profiles.set_shop_image(p.shop_id, kind="logo", image=_picture()),
        _of("/shops"),
    ),
    "shop's profile": Change(
        lambda p, _: profiles.update_shop(p.shop_id, actor=p.shop.owner, description="Mới"),
        shown=_of("/shops/{p.shop.slug}"),
    ),
    "shop suspended": Change(
        lambda p, _: states.suspend_shop(p.shop_id, actor=None, reason="x"), shown=_of("/shops")
    ),
    "shop suspended, in lists": Change(
        lambda p, _: states.suspend_shop(p.shop_id, actor=None, reason="x"), shown=_list
    ),
    "shop reopened": Change(
        lambda p, _: states.reopen_shop(p.shop_id, actor=None),
        lambda p: states.suspend_shop(p.shop_id, actor=None, reason="x"),
        _list,
    ),
    "shop closed": Change(
        lambda p, _: states.close_shop(p.shop_id, actor=None, reason="x"), shown=_list
    ),
    "suspension lifted": Change(
        lambda p, _: products.lift_suspension(p.pk, actor=StaffFactory()),
        lambda p: products.suspend_product(p.pk, actor=StaffFactory(), reason="x"),
        _list,
    ),
    "offered again": Change(
        lambda p, _: products.publish_product(p.pk, actor=None),
        lambda p: products.withdraw_product(p.pk, actor=None),
        _list,
    ),
    "variant added": Change(
        lambda p, _: variants.add_variant(
            p.pk, actor=None, draft=variants.VariantDraft(sku="NEW", price_amount=5)
        ),
        shown=_of("/products/{p.slug}/variants"),
    ),
    "variant archived": Change(
        lambda p, extra: variants.archive_variant(extra.pk, actor=None),
        lambda p: VariantFactory(product=p),
    ),
    "stock set": Change(lambda p, _: inventory.set_on_hand(_variant(p).pk, 3, actor=None)),
    "stock adjusted": Change(lambda p, _: inventory.adjust_on_hand(_variant(p).pk, 3, actor=None)),
    "stock of many set": Change(
        lambda p, _: inventory.set_many_on_hand({_variant(p).pk: 4}, actor=None, reason="adjusted")
    ),
    "stock ends, in lists": Change(
        lambda p, _: inventory.set_on_hand(_variant(p).pk, 0, actor=None), shown=_list
    ),
    "reservation released": Change(
        lambda p, reference: inventory.release([reference]), _order, _list
    ),
    "goods returned": Change(
        lambda p, _: inventory.restock({_variant(p).pk: 1}, reference=uuid7(), actor=None)
    ),
    "batch: title": Change(lambda p, _: _batch(p, title="Mới")),
    "batch: price": Change(lambda p, _: _batch(p, changes={"price_amount": 5_000}), shown=_list),
    "batch: name of a variant": Change(lambda p, _: _batch(p, changes={"name": "XXL"})),
    "batch: stock": Change(lambda p, _: _batch(p, stock=3)),
    "batch: sold out": Change(lambda p, _: _batch(p, stock=0), shown=_list),
    "batch: withdrawn": Change(lambda p, _: _batch(p, on_sale=False), shown=_list),
    "batch: offered": Change(
        lambda p, _: _batch(p, on_sale=True),
        lambda p: products.withdraw_product(p.pk, actor=None),
        _list,
    ),
    "batch: new product": Change(
        lambda p, _: apply_products(
            p.shop_id,
            [
                ProductRows(
                    key="neu",
                    rows=[VariantRow(number=2, sku="N1", changes={"price_amount": 5, "name": ""})],
                    changes={"title": "Neu", "category_id": p.category_id},
                    on_sale=True,
                )
            ],
            actor=None,
        ),
        shown=_list,
    ),
    "console: category": Change(
        lambda p, _: _edit_in_the_console(Category, p.category_id, name="Mới", position="0"),
        shown=_list,
    ),
    "console: brand": Change(
        lambda p, _: _edit_in_the_console(Brand, p.brand_id, name="Mới"), shown=_list
    ),
}


# An order whose goods are given back without it does not add up.
ODD = {"reservation released"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change, id=name, marks=[pytest.mark.breaks_invariants] if name in ODD else [])
        for name, change in CHANGES.items()
    ],
)
def test_stored_answer_is_dropped_by(site, change):
    product = VariantFactory(product__brand=BrandFactory()).product
    prepared = change.prepare(product)
    url = API + change.shown(product)
    before = site.get(url)
    for _ in range(2):  # from Redis, and from what the process has at hand
        assert site.get(url).body == before.body
    assert len(site.passed) == 1  # it is stored

    change.make(product, prepared)

    after = site.get(url)
    assert len(site.passed) == 2
    assert after.body != before.body
