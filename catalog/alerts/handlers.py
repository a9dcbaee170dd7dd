"""What alerts wait for. External, as each batch of those told is a transaction of its own."""

from django.db.models import QuerySet

from accounts.events import AccountClosed
from accounts.hooks import export_sections
from catalog.alerts.models import Alert
from catalog.alerts.selectors import held_alerts
from catalog.alerts.services import forget_alerts, tell_waiting
from catalog.constants import ProductStatus
from catalog.events import PriceFell, ProductModerated, ProductPublished
from catalog.inventory.events import InventoryBack
from catalog.models import ProductVariant
from marketplace.common.outbox.registry import handles
from shops.events import ShopReopened

export_sections["product_alerts"] = held_alerts


@handles(InventoryBack, external=True)
def tell_who_waited_for_stock(event: InventoryBack) -> None:
    variants = ProductVariant.objects.filter(pk__in=event.variant_ids)
    _tell(Alert.objects.waiting().filter(product__in=variants.values("product")))


@handles(PriceFell, external=True)
def tell_who_waited_for_a_price(event: PriceFell) -> None:
    _tell(Alert.objects.waiting().filter(product__in=event.product_ids))


# What happened while a product was hidden counts once it is seen again.


@handles(ProductPublished, external=True)
def tell_of_published_product(event: ProductPublished) -> None:
    tell_waiting(event.product_id)


@handles(ProductModerated, external=True)
def tell_of_approved_product(event: ProductModerated) -> None:
    if event.status == ProductStatus.ACTIVE:
        tell_waiting(event.product_id)


@handles(ShopReopened, external=True)
def tell_of_reopened_shop(event: ShopReopened) -> None:
    _tell(Alert.objects.waiting().filter(product__shop=event.shop_id))


@handles(AccountClosed)
def forget_alerts_of_closed_account(event: AccountClosed) -> None:
    forget_alerts(event.user_id)


def _tell(alerts: QuerySet[Alert]) -> None:
    for product_id in list(alerts.order_by().values_list("product_id", flat=True).distinct()):
        tell_waiting(product_id)
