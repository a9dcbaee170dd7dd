"""Alerts: asked for, withdrawn, and told once what they wait for has happened."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.alerts.constants import BATCH, KEPT_DAYS, MAX_ALERTS, AlertKind
from catalog.alerts.errors import AlreadyInStock, TooManyAlerts
from catalog.alerts.events import AlertsTold
from catalog.alerts.models import Alert
from catalog.models import Product, ProductVariant
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.ids import uuid7
from marketplace.common.outbox.services import publish
from marketplace.common.pruning import delete_in_batches


@transaction.atomic
def create_alert(
    product_id: UUID,
    *,
    user: User,
    kind: AlertKind,
    variant_id: UUID | None = None,
    target_amount: int | None = None,
) -> tuple[Alert, bool]:
    """Wait for a product, or one variant of it; returns the alert and whether it is a new one.

    Asked for again while it waits, it stays the same alert, with the new target.
    Locks: the user; the product, shared: whoever changes its stock or price comes before, and is
    seen, or afterwards, and sees the alert.
    Raises: NotFound; InvalidInput for another product's variant, or a target that is reached;
    AlreadyInStock; TooManyAlerts.
    """
    User.objects.lock(user.pk)
    _share_lock(product_id)
    price, in_stock = _state(product_id, variant_id)
    if kind == AlertKind.BACK_IN_STOCK and in_stock:
        raise AlreadyInStock
    if target_amount is not None and target_amount >= price:
        raise InvalidInput("target_price", "It costs no more than this now.", code="max_value")
    mine = Alert.objects.of(user).waiting()
    alert = mine.filter(product=product_id, variant=variant_id, kind=kind).first()
    if alert is None:
        if mine.count() >= MAX_ALERTS:
            raise TooManyAlerts(MAX_ALERTS)
        return (
            Alert.objects.create(
                user=user,
                product_id=product_id,
                variant_id=variant_id,
                kind=kind,
                price_amount=price,
                target_amount=target_amount,
            ),
            True,
        )
    if alert.target_amount != target_amount:
        alert.target_amount, alert.price_amount = target_amount, price
        alert.save(update_fields=["target_amount", "price_amount", "updated_at"])
    return alert, False


def delete_alert(alert_id: UUID, *, user: User) -> None:
    """Wait no longer, or forget what was told. Raises: NotFound."""
    if not Alert.objects.of(user).filter(pk=alert_id).delete()[0]:
        raise NotFound


def tell_waiting(product_id: UUID) -> int:
    """Tell everybody whose wait for this product is over as it stands now; returns how many.

    By batches, each in a transaction of its own that looks at the product anew: nobody is told of
    what is sold out again, and a killed worker goes on where it stopped. What cannot be bought,
    being archived, suspended or a draft, is told to nobody, who then go on waiting.
    Idempotent, and safe beside itself. Publishes: alerts.told, once per batch.
    """
    waited_for = Alert.objects.waiting().filter(product=product_id).order_by()
    told = 0
    for kind, variant_id in waited_for.values_list("kind", "variant_id").distinct():
        while batch := _tell_batch(product_id, AlertKind(kind), variant_id):
            told += batch
    return told


@transaction.atomic
def _tell_batch(product_id: UUID, kind: AlertKind, variant_id: UUID | None) -> int:
    try:
        price, in_stock = _state(product_id, variant_id)
    except (NotFound, InvalidInput):
        return 0
    if kind == AlertKind.BACK_IN_STOCK and not in_stock:
        return 0
    waiting = Alert.objects.waiting().filter(product=product_id, variant=variant_id, kind=kind)
    rows = waiting.reached_by(price).order_by("pk").select_for_update(skip_locked=True)
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    batch_id, now = uuid7(), timezone.now()
    Alert.objects.filter(pk__in=ids).update(told_at=now, batch_id=batch_id, updated_at=now)
    publish(
        AlertsTold(
            batch_id=batch_id,
            product_id=product_id,
            kind=str(kind),
            price_amount=price,
            variant_id=variant_id,
        )
    )
    return len(ids)


def forget_alerts(user_id: UUID) -> None:
    """Delete what a closed account waited for. Idempotent."""
    Alert.objects.filter(user=user_id).delete()


def prune_told() -> int:
    """Delete alerts that were told long ago; returns how many. Safe late, twice, beside itself."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    return delete_in_batches(Alert.objects.filter(told_at__lt=before))


def _share_lock(product_id: UUID) -> None:
    """`FOR SHARE`, which many may hold at once and none while the product is being changed."""
    products = Product.objects.raw(
        "SELECT id FROM catalog_product WHERE id = %s FOR SHARE", [product_id]
    )
    list(products)


def _state(product_id: UUID, variant_id: UUID | None) -> tuple[int, bool]:
    """Return the price of what buyers see now, and whether any of it can be had.

    Raises: NotFound for a product that they do not see, InvalidInput for such a variant.
    """
    product = Product.objects.public().filter(pk=product_id).first()
    if product is None:
        raise NotFound
    if variant_id is None:
        return product.min_price_amount, product.in_stock
    offered = ProductVariant.objects.offered().filter(pk=variant_id, product=product)
    variant = offered.first()
    if variant is None:
        raise InvalidInput("variant_id", "There is no such variant.", code="does_not_exist")
    return variant.price_amount, variant.stock.available > 0
