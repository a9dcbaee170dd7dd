"""What staff decide about products."""

import pytest

from accounts.tests.factories import StaffFactory
from catalog.constants import ProductStatus
from catalog.models import Product
from catalog.services.products import (
    approve_product,
    feature_product,
    lift_suspension,
    reject_product,
    suspend_product,
)
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import InvalidInput, InvalidTransition
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import run_in_parallel

DECISIONS = {
    approve_product: (ProductStatus.PENDING, ProductStatus.ACTIVE, {}),
    reject_product: (ProductStatus.PENDING, ProductStatus.REJECTED, {"reason": " Hàng giả "}),
    suspend_product: (ProductStatus.ACTIVE, ProductStatus.SUSPENDED, {"reason": "Hàng giả"}),
    lift_suspension: (ProductStatus.SUSPENDED, ProductStatus.ACTIVE, {}),
}
by_name = {"ids": lambda value: getattr(value, "__name__", str(value))}


def product_in(status: ProductStatus) -> Product:
    reason = "Cũ" if status in {ProductStatus.SUSPENDED, ProductStatus.REJECTED} else ""
    return VariantFactory(product__status=status, product__status_reason=reason).product


@pytest.mark.django_db
@pytest.mark.parametrize("decide", DECISIONS, **by_name)
def test_a_decision_moves_the_product_and_tells_the_reason(decide):
    source, target, arguments = DECISIONS[decide]
    product = product_in(source)

    decide(product.pk, actor=StaffFactory(), **arguments)

    product.refresh_from_db()
    reason = arguments.get("reason", "").strip()
    assert (product.status, product.status_reason) == (target, reason)
    event = OutboxEvent.objects.get()
    assert event.topic == "products.moderated"
    assert event.payload == {
        "product_id": str(product.pk),
        "shop_id": str(product.shop_id),
        "status": str(target),
        "reason": reason,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("decide", DECISIONS, **by_name)
def test_a_decision_is_refused_in_every_other_state(decide):
    source, _, arguments = DECISIONS[decide]
    staff = StaffFactory()

    for status in set(ProductStatus) - {source}:
        product = product_in(status)
        with pytest.raises(InvalidTransition):
            decide(product.pk, actor=staff, **arguments)
        product.refresh_from_db()
        assert product.status == status
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("decide", [reject_product, suspend_product], **by_name)
def test_a_refusal_needs_a_reason(decide):
    product = product_in(DECISIONS[decide][0])

    with pytest.raises(InvalidInput) as refusal:
        decide(product.pk, actor=StaffFactory(), reason="  ")

    assert refusal.value.details[0]["field"] == "reason"


@pytest.mark.django_db
def test_feature_product_sets_the_flag():
    product = product_in(ProductStatus.ACTIVE)

    feature_product(product.pk, actor=StaffFactory(), is_featured=True)

    product.refresh_from_db()
    assert product.is_featured


@pytest.mark.django_db(transaction=True)
def test_one_decision_wins_when_two_race():
    staff, product = StaffFactory(), product_in(ProductStatus.PENDING)

    def approve() -> None:
        approve_product(product.pk, actor=staff)

    def reject() -> None:
        reject_product(product.pk, actor=staff, reason="Hàng giả")

    outcomes = run_in_parallel(lambda call: call(), arguments=[approve, reject, approve, reject])

    assert sum(isinstance(outcome, InvalidTransition) for outcome in outcomes) == 3
    assert OutboxEvent.objects.count() == 1
