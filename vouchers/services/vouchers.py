"""Making and changing vouchers: the sellers' of their shop, and staff's of the platform."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict, TypeVar, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from catalog.models import Category, Product
from marketplace.common.errors import InvalidInput
from marketplace.common.money import BASIS_POINTS
from marketplace.common.rows import locked
from shops.constants import EDITABLE
from shops.errors import ShopNotActive
from shops.models import Shop
from shops.services.impartiality import require_impartial
from vouchers.codes import normalise_code
from vouchers.constants import MAX_LIVE_VOUCHERS_PER_SHOP, VoucherKind
from vouchers.errors import PlatformPays, TooManyVouchers, VoucherCodeTaken
from vouchers.models import Voucher
from vouchers.services.guesses import count_guess

M = TypeVar("M", bound=Model)


class VoucherChanges(TypedDict, total=False):
    """What can be set; `value` is basis points of a percentage, or smallest units."""

    name: str
    kind: str
    value: int
    max_discount_amount: int | None
    min_spend_amount: int
    budget_amount: int | None
    starts_at: datetime
    ends_at: datetime
    usage_limit: int | None
    per_user_limit: int | None
    is_first_order_only: bool
    is_public: bool
    is_active: bool
    category_ids: Collection[UUID]
    product_ids: Collection[UUID]


class StaffVoucherChanges(VoucherChanges, total=False):
    """What staff can set as well: who pays."""

    platform_share_bps: int


_LIMITS = ("category_ids", "product_ids")
# What a shop may change of a voucher of which the platform pays a part: it costs nothing.
_FREE = {"name", "is_public", "is_active"}


def create_shop_voucher(
    shop_id: UUID, *, actor: User, code: str, **values: Unpack[VoucherChanges]
) -> Voucher:
    """Make a voucher for a seller; codes of others that this finds out are counted as guesses.

    Raises: as `create_voucher`; TooManyAttempts.
    """
    try:
        return create_voucher(actor=actor, code=code, shop_id=shop_id, **values)
    except VoucherCodeTaken:
        count_guess(user=actor)
        raise


@transaction.atomic
def create_voucher(
    *,
    actor: User | None,
    code: str,
    shop_id: UUID | None = None,
    **values: Unpack[StaffVoucherChanges],
) -> Voucher:
    """Make a voucher of a shop, or the platform's.

    Unless `platform_share_bps` says otherwise, each pays for its own. Locks: the shop, so that the
    number of its vouchers is limited.
    Raises: InvalidInput; VoucherCodeTaken; TooManyVouchers; ShopNotActive; ConflictOfInterest for
    one of a shop that the actor works for, or for its goods, and that the platform is to pay for.
    """
    shop = None if shop_id is None else _lock_editable(shop_id)
    if shop is not None:
        _require_room(shop)
    columns, limits = _divided(values)
    columns.setdefault("starts_at", timezone.now())
    columns.setdefault("platform_share_bps", BASIS_POINTS if shop is None else 0)
    if columns["platform_share_bps"]:
        _require_impartial(actor, shop_id, limits.get("product_ids", ()))
    voucher = Voucher(code=normalise_code(code), shop=shop, **columns)
    _check(voucher)
    try:
        with transaction.atomic():
            voucher.save(force_insert=True)
    except IntegrityError as error:
        if "voucher_code_once" not in str(error):
            raise
        raise VoucherCodeTaken from error
    _limit_to(voucher, limits)
    return voucher


@transaction.atomic
def update_voucher(
    voucher_id: UUID,
    *,
    actor: User | None,
    shop_id: UUID | None = None,
    **changes: Unpack[StaffVoucherChanges],
) -> Voucher:
    """Change a voucher; with `shop_id`, only one of that shop. Its code stays what it is.

    Orders that were placed with it keep what they were promised. Locks: the shop, the voucher.
    Raises: NotFound; InvalidInput, also below what has been used; ShopNotActive; TooManyVouchers
    where a shop would have one more by it that is not over; ConflictOfInterest as `create_voucher`;
    PlatformPays where a shop changes what the platform pays for.
    """
    shop = None if shop_id is None else _lock_editable(shop_id)
    voucher = _lock(voucher_id, shop_id)
    was_over = voucher.ends_at <= timezone.now()
    columns, limits = _divided(changes)
    at_platforms_cost = voucher.platform_share_bps or columns.get("platform_share_bps")
    if shop is None and at_platforms_cost:
        before = voucher.products.values_list("pk", flat=True)
        _require_impartial(actor, voucher.shop_id, [*before, *limits.get("product_ids", ())])
    if shop is not None and voucher.platform_share_bps:
        _refuse_costly(voucher, columns, limits)
    for name, value in columns.items():
        setattr(voucher, name, value)
    _check(voucher)
    if shop is not None and was_over and voucher.ends_at > timezone.now():
        _require_room(shop)
    voucher.save(update_fields=[*columns, "updated_at"])
    _limit_to(voucher, limits)
    return voucher


@transaction.atomic
def archive_voucher(voucher_id: UUID, *, actor: User | None, shop_id: UUID | None = None) -> None:
    """End a voucher for good; its code is free again, and orders keep what it took off.

    Locks: the voucher. Raises: NotFound; ShopNotActive.
    """
    if shop_id is not None:
        _lock_editable(shop_id)
    voucher = _lock(voucher_id, shop_id)
    voucher.is_active = False
    voucher.archived_at = timezone.now()
    voucher.save(update_fields=["is_active", "archived_at", "updated_at"])


def _require_impartial(
    actor: User | None, shop_id: UUID | None, product_ids: Collection[UUID]
) -> None:
    """Refuse who works for the shop, or for one whose goods are named. Raises: ConflictOfInterest.

    Categories are everybody's.
    """
    goods = Product.objects.filter(pk__in=product_ids).order_by().values_list("shop_id", flat=True)
    for each in {shop_id, *goods.distinct()}:
        require_impartial(actor, shop_id=each)


def _divided(values: Any) -> tuple[dict[str, Any], dict[str, Collection[UUID]]]:
    """Return the values of columns, and the goods that the voucher is limited to."""
    columns = {name: value for name, value in values.items() if name not in _LIMITS}
    return columns, {name: values[name] for name in _LIMITS if name in values}


def _lock_editable(shop_id: UUID) -> Shop:
    shop = Shop.objects.lock(shop_id)
    if shop.status not in EDITABLE:
        raise ShopNotActive
    return shop


def _lock(voucher_id: UUID, shop_id: UUID | None) -> Voucher:
    rows = (
        Voucher.objects.live() if shop_id is None else Voucher.objects.live().filter(shop=shop_id)
    )
    return locked(rows, voucher_id)


def _require_room(shop: Shop) -> None:
    """Raises: TooManyVouchers where a locked shop has as many as it may that are not over."""
    live = Voucher.objects.of_shop(shop).filter(ends_at__gt=Now())
    if live.count() >= MAX_LIVE_VOUCHERS_PER_SHOP:
        raise TooManyVouchers(MAX_LIVE_VOUCHERS_PER_SHOP)


def _refuse_costly(
    voucher: Voucher, columns: dict[str, Any], limits: dict[str, Collection[UUID]]
) -> None:
    """Raises: PlatformPays for what would be another value than before."""
    others = [name for name, value in columns.items() if getattr(voucher, name) != value]
    goods = {"category_ids": voucher.categories, "product_ids": voucher.products}
    for name, wanted in limits.items():
        if set(wanted) != set(goods[name].values_list("pk", flat=True)):
            others.append(name)
    if costly := sorted(set(others) - _FREE):
        raise PlatformPays([name.removesuffix("_amount") for name in costly])


def _check(voucher: Voucher) -> None:
    """Refuse with a message what the constraints would refuse without one. Raises: InvalidInput."""
    _check_value(voucher)
    if voucher.starts_at >= voucher.ends_at:
        raise InvalidInput("ends_at", "Must be later than `starts_at`.")
    if voucher.usage_limit is not None and voucher.usage_limit < max(1, voucher.used_count):
        least = max(1, voucher.used_count)
        raise InvalidInput("usage_limit", f"At least {least}: it was used {voucher.used_count} ×.")
    if voucher.per_user_limit is not None and voucher.per_user_limit < 1:
        raise InvalidInput("per_user_limit", "At least 1.")
    if voucher.budget_amount is not None and voucher.budget_amount < max(1, voucher.spent_amount):
        raise InvalidInput("budget", "Less than what has been spent already.")
    if voucher.platform_share_bps > BASIS_POINTS:
        raise InvalidInput("platform_share_bps", f"At most {BASIS_POINTS}.")


def _check_value(voucher: Voucher) -> None:
    value, kind = voucher.value, voucher.kind
    if kind == VoucherKind.FREE_SHIPPING and value != 0:
        raise InvalidInput("value", "Free shipping has no value; `max_discount` may limit it.")
    if kind == VoucherKind.PERCENTAGE and not 0 < value <= BASIS_POINTS:
        raise InvalidInput("value", "A percentage is above 0 and at most 100.")
    if kind == VoucherKind.FIXED and value <= 0:
        raise InvalidInput("value", "An amount above 0.")
    if voucher.max_discount_amount is not None and voucher.max_discount_amount <= 0:
        raise InvalidInput("max_discount", "An amount above 0, or null for none.")


def _limit_to(voucher: Voucher, limits: dict[str, Collection[UUID]]) -> None:
    """Limit a voucher to these categories or products; an empty list lifts the limit."""
    if "category_ids" in limits:
        wanted = set(limits["category_ids"])
        categories = Category.objects.live().filter(pk__in=wanted)
        voucher.categories.set(_all_of(categories, wanted, "category_ids"))
    if "product_ids" in limits:
        wanted = set(limits["product_ids"])
        products = Product.objects.filter(pk__in=wanted, archived_at=None)
        if voucher.shop_id is not None:
            products = products.filter(shop=voucher.shop_id)
        voucher.products.set(_all_of(products, wanted, "product_ids"))


def _all_of(rows: QuerySet[M], wanted: set[UUID], field: str) -> list[M]:
    found = list(rows.only("pk"))
    if missing := wanted - {row.pk for row in found}:
        raise InvalidInput(field, f"Unknown: {', '.join(sorted(map(str, missing)))}.")
    return found
