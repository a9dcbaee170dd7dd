"""Links of the OpenAPI document: the calls that the ids in an answer lead on to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

# By the schema of what is answered: where an id stands in it, and what for. Either as the last part
# of the path of every call below an address, or as a field in the body of a call.
LEADS_TO: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Address": {
        "id": (
            "profile/addresses/{}",
            "orders_create address_id",
            "orders_quote_create address_id",
        )
    },
    "Alert": {"id": ("alerts/{}",)},
    "ApiKey": {"id": ("seller/api-keys/{}",)},
    "Brand": {"id": ("brands/{}", "seller_products_create brand_id")},
    "Cart": {"groups/0/items/0/id": ("cart/items/{}",)},
    "CategoryNode": {"id": ("categories/{}", "seller_products_create category_id")},
    "Image": {"id": ("seller/images/{}",)},
    "Import": {"id": ("seller/imports/{}",)},
    "Invitation": {"id": ("seller/team/invitations/{}",)},
    "Membership": {"shop/id": ("seller/memberships/{}",)},
    "NewApiKey": {"id": ("seller/api-keys/{}",)},
    "NewWebhook": {"id": ("seller/webhooks/{}", "admin/webhooks/{}")},
    "Notification": {"id": ("notifications/{}",)},
    "Order": {"id": ("orders/{}",), "checkout_id": ("checkouts/{}",)},
    "OwnQuestion": {"id": ("questions/{}", "seller/questions/{}")},
    "OwnReview": {"id": ("reviews/{}", "seller/reviews/{}")},
    "OwnShop": {"id": ("shops/{}", "admin/shops/{}", "vouchers_validate_create shop_id")},
    "OwnStore": {"id": ("seller/stores/{}",)},
    "Payment": {"id": ("payments/{}",)},
    "Payout": {"id": ("seller/payouts/{}",)},
    "PlacedOrder": {
        "checkout/id": ("checkouts/{}",),
        "orders/0/id": ("orders/{}", "seller/orders/{}"),
        "payment/id": ("payments/{}",),
    },
    "ProductCard": {
        "id": (
            "products/{}",
            "products_search_click product_id",
            "wishlists_default_items_create product_id",
        )
    },
    "Return": {"id": ("returns/{}", "seller/returns/{}")},
    "Review": {"id": ("reviews/{}/helpful", "reviews/{}/report")},
    "ReviewImage": {"id": ("reviews/{}/images/{}",)},
    "SellerOrder": {"id": ("seller/orders/{}",)},
    "SellerProduct": {
        "id": ("seller/products/{}", "admin/products/{}", "products/{}"),
        "variants/0/id": ("seller/variants/{}", "cart_create variant_id"),
    },
    "SellerProductCard": {"id": ("seller/products/{}", "admin/products/{}")},
    "SellerReturn": {"id": ("seller/returns/{}",)},
    "SellerShipment": {"id": ("seller/orders/{}/shipments/{}",)},
    "SellerVariant": {"id": ("seller/variants/{}", "cart_create variant_id")},
    "SellerVoucher": {"id": ("seller/vouchers/{}",)},
    "Shop": {"id": ("shops/{}",)},
    "ShopQuestion": {"id": ("seller/questions/{}",)},
    "ShopReview": {"id": ("seller/reviews/{}",)},
    "StaffBrand": {"id": ("admin/brands/{}", "brands/{}")},
    "StaffCategory": {"id": ("admin/categories/{}", "categories/{}")},
    "StaffShop": {"id": ("admin/shops/{}",)},
    "StaffUser": {"id": ("admin/users/{}",)},
    "Statement": {"id": ("seller/statements/{}",)},
    "SyncedCart": {"groups/0/items/0/id": ("cart/items/{}",)},
    "Team": {"members/0/id": ("seller/team/members/{}", "seller_team_owner_create member_id")},
    "Variant": {
        "id": (
            "cart_create variant_id",
            "products_alerts_create variant_id",
            "wishlists_default_items_create variant_id",
        )
    },
    "Webhook": {"id": ("seller/webhooks/{}", "admin/webhooks/{}")},
    "WebhookDelivery": {"id": ("seller/webhooks/deliveries/{}", "admin/webhooks/deliveries/{}")},
    "Wishlist": {"id": ("wishlists/{}",), "share_token": ("wishlists/shared/{}",)},
    "WishlistItem": {"id": ("wishlists/{}/items/{}",)},
}
_ROOT: Final = "/api/v1/"
# Where both have a call of their own, an answer leads on inside its area.
_AREAS: Final = {"seller", "admin"}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class _Call:
    """One operation of the document; `shape` is its path without the names of its parameters."""

    path: str
    method: str
    operation: dict[str, Any]

    @property
    def shape(self) -> str:
        return _PARAMETER.sub("{}", self.path)

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)

    @property
    def area(self) -> str:
        return self.path.removeprefix(_ROOT).partition("/")[0]


def add_links(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add to what is created, and to what is listed, the calls that can follow.

    What a row leads to is the same whether it is listed or shown alone, so it stands there once.
    """
    calls = [
        _Call(path, method, operation)
        for path, operations in result["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
    ]
    for source in calls:
        for status, response in source.operation["responses"].items():
            schema, at = _answered(result, response) if status.startswith("2") else ("", "")
            is_detail = source.method == "get" and not at and source.parameters
            if source.method not in {"get", "post"} or is_detail:
                continue
            links = {
                target.operation["operationId"]: link
                for pointer, uses in LEADS_TO.get(schema, {}).items()
                for use in _inside(source, uses)
                for target, link in _links(source, calls, use, f"$response.body#/{at}{pointer}")
            }
            if links:
                response["links"] = dict(sorted(links.items()))
    return result


def _inside(source: _Call, uses: tuple[str, ...]) -> list[str]:
    areas = [use.partition("/")[0] for use in uses]
    others = _AREAS - {source.area} if source.area in areas else set()
    return [use for use, area in zip(uses, areas, strict=True) if area not in others]


def _answered(result: dict[str, Any], response: dict[str, Any]) -> tuple[str, str]:
    """Return the name of the schema of the row that is answered, and where the first one stands."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    if schema.get("type") == "array":
        return _name(schema["items"]), "0/"
    name = _name(schema)
    component = result["components"]["schemas"].get(name, {})
    rows = component.get("properties", {}).get("results", {}).get("items")
    return (_name(rows), "results/0/") if rows else (name, "")


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _links(
    source: _Call, calls: list[_Call], use: str, value: str
) -> Iterator[tuple[_Call, dict[str, Any]]]:
    operation_id, _, field = use.partition(" ")
    for target in calls:
        named = {"operationId": target.operation["operationId"]}
        if field:
            if named["operationId"] == operation_id:
                yield target, {**named, "requestBody": {field: value}}
            continue
        prefix = _ROOT + use
        is_below = f"{target.shape}/".startswith(f"{prefix}/")
        if not is_below or f"{source.shape}/".startswith(f"{prefix}/"):
            continue
        # The parts before the last one are those of the source's own path.
        outer = source.parameters if source.shape.startswith(prefix.rpartition("/{}")[0]) else []
        count = prefix.count("{}")
        if len(outer) >= count - 1 and len(target.parameters) == count:
            values = [*(f"$request.path.{name}" for name in outer[: count - 1]), value]
            parameters = zip(target.parameters, values, strict=True)
            yield target, {**named, "parameters": {f"path.{name}": at for name, at in parameters}}
