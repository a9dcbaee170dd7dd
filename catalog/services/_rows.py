"""Reading the rows that services change, and the checks that several of them share."""

from uuid import UUID

from catalog.constants import ProductStatus
from catalog.errors import NoActiveVariant
from catalog.models import Brand, Category, Product, ProductVariant
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.rows import locked


def lock_product(product_id: UUID) -> Product:
    """Lock a product that is not archived. Raises: NotFound."""
    product = locked(Product.objects, product_id)
    if product.archived_at is not None:
        raise NotFound
    return product


def lock_product_of_variant(variant_id: UUID) -> tuple[Product, ProductVariant]:
    """Lock a live variant's product, which guards its variants too. Raises: NotFound."""
    product_id = (
        ProductVariant.objects.filter(pk=variant_id).values_list("product_id", flat=True).first()
    )
    if product_id is None:
        raise NotFound
    product = lock_product(product_id)
    variant = ProductVariant.objects.filter(pk=variant_id, archived_at=None).first()
    if variant is None:
        raise NotFound
    return product, variant


def hold_category(category_id: UUID) -> None:
    """Keep the category until the transaction ends. Raises: InvalidInput when it is gone."""
    if not Category.objects.all().hold(category_id):
        raise InvalidInput("category_id", "There is no such category.", code="does_not_exist")


def hold_brand(brand_id: UUID | None) -> None:
    """Keep the brand until the transaction ends. Raises: InvalidInput when it is gone."""
    if brand_id is not None and not Brand.objects.all().hold(brand_id):
        raise InvalidInput("brand_id", "There is no such brand.", code="does_not_exist")


def require_active_variant(product: Product, *, other_than: UUID | None = None) -> None:
    """Raises: NoActiveVariant when nothing of the product could be bought."""
    variants = product.variants.filter(is_active=True, archived_at=None)
    if other_than is not None:
        variants = variants.exclude(pk=other_than)
    if not variants.exists():
        raise NoActiveVariant


def is_offered(product: Product) -> bool:
    """Tell whether buyers see the product, or may as soon as staff have decided."""
    return product.status in {ProductStatus.ACTIVE, ProductStatus.PENDING, ProductStatus.SUSPENDED}
