"""Variants of a product and the columns that follow from them."""

import pytest

from catalog.constants import MAX_VARIANTS, ProductStatus
from catalog.errors import NoActiveVariant, SkuTaken, TooManyVariants
from catalog.inventory.services import ReservationRequest, reserve, set_on_hand
from catalog.models import ProductVariant
from catalog.services.variants import VariantDraft, add_variant, archive_variant, update_variant
from catalog.tests.factories import ProductFactory, VariantFactory
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.ids import uuid7
from marketplace.common.testing import run_in_parallel


def prices(product):
    product.refresh_from_db()
    return (
        product.min_price_amount,
        product.max_price_amount,
        product.compare_at_price_amount,
        product.is_on_sale,
    )


@pytest.mark.django_db
def test_add_variant_appends_it_with_its_stock():
    first = VariantFactory(price_amount=200_000, stock=0)

    variant = add_variant(
        first.product_id,
        actor=None,
        draft=VariantDraft(
            sku="NEW", price_amount=150_000, compare_at_price_amount=160_000, stock=7
        ),
    )

    assert (variant.position, variant.stock.on_hand) == (1, 7)
    assert prices(first.product) == (150_000, 200_000, 160_000, True)
    assert first.product.in_stock


@pytest.mark.django_db
def test_add_variant_refuses_a_sku_of_the_shop_and_names_the_field():
    variant = VariantFactory(sku="A1")
    sibling = ProductFactory(shop=variant.shop)

    with pytest.raises(SkuTaken) as refusal:
        add_variant(sibling.pk, actor=None, draft=VariantDraft(sku="a1", price_amount=1))

    assert refusal.value.details[0]["field"] == "sku"
    assert not sibling.variants.exists()


@pytest.mark.django_db
def test_add_variant_stops_at_the_limit_which_archived_ones_do_not_count_in():
    product = ProductFactory()
    ProductVariant.objects.bulk_create(
        ProductVariant(product=product, shop=product.shop, sku=f"S{n}", price_amount=1)
        for n in range(MAX_VARIANTS)
    )

    with pytest.raises(TooManyVariants):
        add_variant(product.pk, actor=None, draft=VariantDraft(sku="N", price_amount=1))
    archive_variant(product.variants.first().pk, actor=None)
    add_variant(product.pk, actor=None, draft=VariantDraft(sku="N", price_amount=1))

    assert product.variants.filter(archived_at=None).count() == MAX_VARIANTS


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_variants_holds_when_requests_race():
    product = ProductFactory()
    ProductVariant.objects.bulk_create(
        ProductVariant(product=product, shop=product.shop, sku=f"S{n}", price_amount=1)
        for n in range(MAX_VARIANTS - 1)
    )

    def add(sku):
        return add_variant(product.pk, actor=None, draft=VariantDraft(sku=sku, price_amount=1))

    outcomes = run_in_parallel(add, arguments=["A", "B", "C", "D"])

    assert sum(isinstance(outcome, TooManyVariants) for outcome in outcomes) == 3
    assert product.variants.count() == MAX_VARIANTS


@pytest.mark.django_db
def test_update_variant_moves_the_prices_of_its_product():
    variant = VariantFactory(price_amount=100_000)

    update_variant(variant.pk, actor=None, price_amount=90_000, compare_at_price_amount=100_000)
    assert prices(variant.product) == (90_000, 90_000, 100_000, True)

    update_variant(variant.pk, actor=None, compare_at_price_amount=None)
    assert prices(variant.product) == (90_000, 90_000, None, False)


@pytest.mark.django_db
def test_update_variant_refuses_a_price_above_its_compare_at_price():
    variant = VariantFactory(price_amount=100_000, compare_at_price_amount=120_000)

    with pytest.raises(InvalidInput) as refusal:
        update_variant(variant.pk, actor=None, price_amount=130_000)

    assert refusal.value.details[0]["field"] == "compare_at_price"
    variant.refresh_from_db()
    assert variant.price_amount == 100_000


@pytest.mark.django_db
def test_update_variant_may_change_the_case_of_its_own_sku_but_not_take_another():
    variant = VariantFactory(sku="a1")
    other = VariantFactory(product=variant.product, sku="b1")

    update_variant(variant.pk, actor=None, sku="A1")
    with pytest.raises(SkuTaken):
        update_variant(variant.pk, actor=None, sku=other.sku)

    variant.refresh_from_db()
    assert variant.sku == "A1"


@pytest.mark.django_db(transaction=True)
def test_update_variant_gives_a_sku_once_when_two_race():
    first = VariantFactory()
    second = VariantFactory(product__shop=first.shop)

    outcomes = run_in_parallel(
        lambda pk: update_variant(pk, actor=None, sku="NEW"), arguments=[first.pk, second.pk]
    )

    assert sum(isinstance(outcome, SkuTaken) for outcome in outcomes) == 1
    assert ProductVariant.objects.filter(sku="NEW").count() == 1


@pytest.mark.django_db
def test_switching_a_variant_off_takes_it_out_of_price_and_stock():
    keep = VariantFactory(price_amount=200_000, stock=0)
    drop = VariantFactory(product=keep.product, price_amount=100_000, stock=5)

    update_variant(drop.pk, actor=None, is_active=False)

    assert prices(keep.product) == (200_000, 200_000, None, False)
    assert not keep.product.in_stock


@pytest.mark.django_db
@pytest.mark.parametrize(
    "status", [ProductStatus.ACTIVE, ProductStatus.PENDING, ProductStatus.SUSPENDED]
)
def test_the_last_active_variant_of_an_offered_product_stays(status):
    variant = VariantFactory(product__status=status)
    VariantFactory(product=variant.product, is_active=False)

    with pytest.raises(NoActiveVariant):
        archive_variant(variant.pk, actor=None)
    with pytest.raises(NoActiveVariant):
        update_variant(variant.pk, actor=None, is_active=False)

    variant.refresh_from_db()
    assert variant.is_active
    assert variant.archived_at is None


@pytest.mark.django_db
def test_an_inactive_variant_of_an_active_product_can_go():
    variant = VariantFactory()
    inactive = VariantFactory(product=variant.product, is_active=False)

    archive_variant(inactive.pk, actor=None)

    assert list(variant.product.variants.live()) == [variant]


@pytest.mark.django_db
def test_archive_variant_of_a_draft_may_leave_none():
    variant = VariantFactory(product__status=ProductStatus.DRAFT)

    archive_variant(variant.pk, actor=None)

    assert prices(variant.product) == (0, 0, None, False)
    assert not variant.product.in_stock
    for call in (archive_variant, update_variant):
        with pytest.raises(NotFound):
            call(variant.pk, actor=None)
        with pytest.raises(NotFound):
            call(uuid7(), actor=None)


@pytest.mark.django_db(transaction=True)
def test_one_variant_stays_when_the_last_two_are_archived_at_once():
    for _ in range(10):
        first = VariantFactory()
        second = VariantFactory(product=first.product)

        outcomes = run_in_parallel(
            lambda pk: archive_variant(pk, actor=None), arguments=[first.pk, second.pk]
        )

        assert sum(isinstance(outcome, NoActiveVariant) for outcome in outcomes) == 1
        assert first.product.variants.live().count() == 1


@pytest.mark.breaks_invariants  # reserves for orders that do not exist
@pytest.mark.django_db(transaction=True)
def test_in_stock_is_right_when_the_last_unit_goes_while_a_variant_is_archived():
    """Archiving the stocked variant and selling out the other must not leave `in_stock` behind."""
    for _ in range(10):
        stocked = VariantFactory(stock=5)
        other = VariantFactory(product=stocked.product, stock=1)
        other.product.refresh_from_db()

        def archive(variant=stocked):
            archive_variant(variant.pk, actor=None)

        def sell(variant=other):
            reserve(
                [ReservationRequest(reference=uuid7(), variant_id=variant.pk, quantity=1)],
                expires_at=None,
            )

        outcomes = run_in_parallel(lambda call: call(), arguments=[archive, sell])

        assert outcomes == [None, None]
        stocked.product.refresh_from_db()
        assert not stocked.product.in_stock


@pytest.mark.django_db
def test_stock_of_a_variant_moves_in_stock():
    variant = VariantFactory(stock=0)

    set_on_hand(variant.pk, 3, actor=None)

    variant.product.refresh_from_db()
    assert variant.product.in_stock
