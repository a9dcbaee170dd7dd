"""What sellers send, and what comes back."""

from catalog.tests.factories import CategoryFactory

URL = "/api/v1/seller/products"


def body(**fields):
    return {
        "title": "Áo thun",
        "category_id": str(CategoryFactory().pk),
        "variants": [{"sku": "A1", "price": "199000", "stock": 5}],
        **fields,
    }


def details(response):
    assert response.status_code == 400, response.content
    return {row["field"]: row["code"] for row in response.json()["error"]["details"]}


def variant(**fields):
    return {"sku": "A1", "price": "1000", **fields}
