"""`docs/bulk-import.md` says what is so."""

import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.bulk.columns import PRODUCT_COLUMNS, VARIANT_COLUMNS
from catalog.bulk.tests.files import counts, errors_of, imported
from catalog.models import Product, ProductVariant
from catalog.tests.factories import CategoryFactory
from shops.tests.factories import ShopFactory

GUIDE = (settings.BASE_DIR / "docs" / "bulk-import.md").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_the_example_can_be_imported():
    CategoryFactory(slug="thoi-trang")
    (example,) = re.findall(r"```csv\n(.+?)```", GUIDE, re.DOTALL)

    job = imported(ShopFactory(), SimpleUploadedFile("goods.csv", example.encode()))

    assert (counts(job), errors_of(job)) == ((3, 0, 0, 0), [])
    assert set(Product.objects.values_list("title", "status")) == {
        ("Áo thun cổ tròn", "active"),
        ("Nón lá", "draft"),
    }
    assert ProductVariant.objects.get(sku="AT-DO-L").attributes == {"Màu": "Đỏ"}
    assert Product.objects.get(status="active").attributes == {"Chất liệu": ["Cotton", "Lanh"]}


def test_every_column_is_explained():
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", GUIDE, re.MULTILINE))

    assert explained == {*PRODUCT_COLUMNS, *VARIANT_COLUMNS}


@pytest.mark.django_db
def test_the_form_of_the_console_leads_to_the_columns(admin_client):
    page = admin_client.get(reverse("admin:bulk_importjob_add")).content.decode()

    assert "bulk-import.md" in page
    address = reverse("admin:bulk_importjob_template")
    assert f'href="{address}"' in page
    example = b"".join(admin_client.get(address).streaming_content)
    assert example.decode("utf-8-sig").startswith("product,title,category")
