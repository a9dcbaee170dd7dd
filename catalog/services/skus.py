"""A sku stands once in a shop, whatever its case and however many requests arrive at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from catalog.errors import SkuTaken
from catalog.models import ProductVariant

_CONSTRAINT = "variant_sku_once_per_shop"


@contextmanager
def unique_skus(
    shop_id: UUID, skus: Mapping[str, str], *, variant_id: UUID | None = None
) -> Iterator[None]:
    """Run the body's writes; `skus` maps the place of each in the request to the sku.

    Who loses a race against another request is told the same as who comes late.
    Raises: SkuTaken naming every sku that another variant than `variant_id` has.
    """
    _refuse_taken(shop_id, skus, variant_id)
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not is_sku_clash(error):
            raise
        _refuse_taken(shop_id, skus, variant_id)
        raise SkuTaken(skus.items()) from error


def _refuse_taken(shop_id: UUID, skus: Mapping[str, str], variant_id: UUID | None) -> None:
    # The database lowers both sides: Python's idea of lower case is another one.
    rows = (
        ProductVariant.objects.annotate(key=Lower("sku"))
        .filter(shop_id=shop_id, archived_at=None)
        .filter(key__in=[Lower(Value(sku)) for sku in skus.values()])
    )
    if variant_id is not None:
        rows = rows.exclude(pk=variant_id)
    taken = {sku.lower() for sku in rows.values_list("sku", flat=True)}
    if taken:
        raise SkuTaken((field, sku) for field, sku in skus.items() if sku.lower() in taken)


def is_sku_clash(error: IntegrityError) -> bool:
    """Tell whether another transaction has just taken a sku."""
    diagnostic = getattr(error.__cause__, "diag", None)
    return getattr(diagnostic, "constraint_name", None) == _CONSTRAINT
