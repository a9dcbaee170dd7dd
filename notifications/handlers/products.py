"""Products: what staff decide, what runs out, what buyers wait for."""

from django.conf import settings

from catalog.alerts.constants import AlertKind
from catalog.alerts.events import AlertsTold
from catalog.alerts.models import Alert
from catalog.constants import ProductStatus
from catalog.events import ProductModerated, ProductSubmitted
from catalog.inventory.events import InventoryLow
from catalog.models import Product, ProductVariant
from marketplace.common.money import display_amount
from marketplace.common.outbox.registry import handles
from notifications.constants import NotificationType
from notifications.handlers._telling import team_of, tell, tell_staff
from shops.constants import TeamRole
from shops.models import Shop

_OF_MODERATION = {
    ProductStatus.ACTIVE: NotificationType.PRODUCT_APPROVED,
    ProductStatus.REJECTED: NotificationType.PRODUCT_REJECTED,
    ProductStatus.SUSPENDED: NotificationType.PRODUCT_SUSPENDED,
}
_OF_ALERT = {
    AlertKind.BACK_IN_STOCK: NotificationType.BACK_IN_STOCK,
    AlertKind.PRICE_DROP: NotificationType.PRICE_DROPPED,
}


@handles(ProductSubmitted)
def tell_of_submitted_product(event: ProductSubmitted) -> None:
    product = Product.objects.select_related("shop").get(pk=event.product_id)
    tell_staff(
        "catalog.moderate_product",
        NotificationType.PRODUCT_SUBMITTED,
        event.topic,
        values={"product": product.title, "shop": product.shop.name},
        data={"product_id": str(product.pk), "shop_id": str(product.shop_id)},
    )


@handles(ProductModerated)
def tell_of_moderated_product(event: ProductModerated) -> None:
    """Tell who keeps the shop's catalogue what staff decided."""
    product = Product.objects.select_related("shop").get(pk=event.product_id)
    tell(
        team_of(product.shop, TeamRole.CATALOGUE, _OF_MODERATION[ProductStatus(event.status)]),
        event.topic,
        values={"product": product.title, "reason": event.reason},
        data={"product_id": str(product.pk), "shop_id": str(product.shop_id)},
    )


@handles(InventoryLow)
def tell_of_low_stock(event: InventoryLow) -> None:
    """Tell who keeps the catalogue what is left of variants; what has been refilled is left out."""
    variants = ProductVariant.objects.low_in_stock().filter(
        pk__in=event.variant_ids, product__archived_at=None
    )
    by_shop: dict[Shop, list[ProductVariant]] = {}
    for variant in variants.select_related("stock", "product", "shop").order_by("pk"):
        by_shop.setdefault(variant.shop, []).append(variant)
    for shop, low in by_shop.items():
        shown = [f"“{row.product.title}” ({row.sku}): {row.stock.available}" for row in low[:5]]
        tell(
            team_of(shop, TeamRole.CATALOGUE, NotificationType.STOCK_LOW),
            # Of each shop by itself: some work for several.
            f"{event.topic}:{shop.pk}",
            values={"items": ", ".join([*shown, *([f"+{len(low) - 5}"] if low[5:] else [])])},
            data={
                "shop_id": str(shop.pk),
                "product_id": str(low[0].product_id),
                "variant_id": str(low[0].pk),
                "count": len(low),
            },
        )


@handles(AlertsTold)
def tell_of_alerts(event: AlertsTold) -> None:
    """Tell those of one batch that what they waited for has happened."""
    product = Product.objects.get(pk=event.product_id)
    users = Alert.objects.filter(batch_id=event.batch_id).values_list("user_id", flat=True)
    kind = _OF_ALERT[AlertKind(event.kind)]
    tell(
        [(user_id, kind) for user_id in users],
        event.topic,
        values={
            "product": product.title,
            "price": display_amount(event.price_amount, settings.MARKETPLACE_CURRENCY),
        },
        data={
            "product_id": str(product.pk),
            "product_slug": product.slug,
            "variant_id": str(event.variant_id) if event.variant_id else None,
        },
    )
