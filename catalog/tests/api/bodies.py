"""What sellers send, and what comes back."""

from catalog.tests.factories import CategoryFactory

URL = "/api/v1/seller/products"
# What is not for a seller to set.
CANARY = {
    "id": "0192aaaa-0000-7000-8000-000000000000",
    "slug": "cua-toi",
    "shop": "canary",
    "shop_id": "0192aaaa-0000-7000-8000-000000000000",
    "status_reason": "canary",
    "is_featured": True,
    "price": "1",
    "max_price": "1",
    "compare_at_price": "999999",
    "min_price_amount": 1,
    "max_price_amount": 1,
    "compare_at_price_amount": 1,
    "is_on_sale": True,
    "in_stock": True,
    "thumbnail": "canary.jpg",
    "thumbnail_url": "https://canary.test/x.jpg",
    "average_rating": "5.00",
    "review_count": 77,
    "sold_count": 77,
    "archived_at": "2020-01-01T00:00:00Z",
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
    "category": "canary",
    "brand": "canary",
    "images": ["canary"],
    "breadcrumbs": ["canary"],
    "currency": "USD",
}


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
