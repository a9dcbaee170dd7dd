"""Products of any shops as files, for staff."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.groups import GROUPS
from accounts.tests.factories import StaffFactory
from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import exported_selection
from catalog.bulk.tests.test_export import cells_of
from catalog.models import Product
from catalog.tests.factories import VariantFactory
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db
LIST = "admin:catalog_product_changelist"


def console_of(*groups):
    call_command("setup_groups", verbosity=0)
    user = StaffFactory(is_superuser=False)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def export(console, file_format, products, **query):
    return console.post(
        reverse(LIST, query=query),
        {"action": f"export_{file_format}", "_selected_action": [str(p.pk) for p in products]},
    )


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_catalogue_managers_export_what_they_have_selected(file_format):
    first = VariantFactory(product__title="=cmd()", product__attributes={"Chất": "Lanh"})
    second = VariantFactory(product__archived_at="2026-01-01T00:00:00Z")
    VariantFactory(product__attributes={"Another": "x"})

    response = export(console_of("Catalogue manager"), file_format, [first.product, second.product])

    assert response.streaming
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="products.{file_format}"'
    )
    header, *rows = cells_of(b"".join(response.streaming_content), file_format)
    assert header[:3] == ["shop", "product", "title"]
    assert header[-1] == "attribute:Chất"
    assert {row[0] for row in rows} == {first.shop.slug, second.shop.slug}
    assert {row[2] for row in rows} == {"'=cmd()", second.product.title}
    assert {row[header.index("sku")] for row in rows} == {first.sku, second.sku}


def test_selection_stays_within_the_filter():
    shown, hidden = VariantFactory().product, VariantFactory(product__status="draft").product

    response = export(
        console_of("Catalogue manager"), "csv", [shown, hidden], status__exact="active"
    )

    rows = cells_of(b"".join(response.streaming_content), FileFormat.CSV)
    assert [row[1] for row in rows[1:]] == [shown.slug]


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_files_of_products_belong_to_those_who_keep_the_catalogue(group):
    may = group in {"Catalogue manager", "Administrator"}
    product = VariantFactory().product
    console = console_of(group)

    response = export(console, "csv", [product])
    imports = console.get(reverse("admin:bulk_importjob_add"))

    assert bool(getattr(response, "streaming", False)) is may
    assert imports.status_code == (200 if may else 403)


def test_statements_do_not_grow_with_the_selection(django_assert_num_queries):
    for _ in range(3):
        VariantFactory(product__shop=ShopFactory())
    with django_assert_num_queries(3):
        list(exported_selection(Product.objects.all(), FileFormat.CSV))
