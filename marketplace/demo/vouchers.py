"""The demo's vouchers: the platform's, and one of each shop."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from marketplace.common.texts import slugify
from marketplace.demo.people import DemoShop
from vouchers.constants import VoucherKind
from vouchers.models import Voucher
from vouchers.services.vouchers import create_voucher

GOOD_FOR = timedelta(days=365)
MAX_SHOPS = 50

PLATFORM: list[dict[str, Any]] = [
    {
        "code": "CHAOBAN",
        "name": "Chào bạn mới: giảm 30.000 ₫ cho đơn đầu tiên",
        "kind": VoucherKind.FIXED,
        "value": 30_000,
        "min_spend_amount": 100_000,
        "per_user_limit": 1,
        "is_first_order_only": True,
    },
    {
        "code": "TET10",
        "name": "Sắm Tết: giảm 10%, tối đa 100.000 ₫",
        "kind": VoucherKind.PERCENTAGE,
        "value": 1_000,
        "max_discount_amount": 100_000,
        "min_spend_amount": 300_000,
        "usage_limit": 10_000,
    },
    {
        "code": "FREESHIP",
        "name": "Miễn phí vận chuyển, tối đa 30.000 ₫",
        "kind": VoucherKind.FREE_SHIPPING,
        "value": 0,
        "max_discount_amount": 30_000,
        "min_spend_amount": 200_000,
        "budget_amount": 50_000_000,
    },
    {
        # Not listed: only who has been told the code uses it.
        "code": "BANTHAN-2K7",
        "name": "Dành cho khách thân thiết",
        "kind": VoucherKind.PERCENTAGE,
        "value": 1_500,
        "max_discount_amount": 200_000,
        "per_user_limit": 2,
        "is_public": False,
    },
]


def make_vouchers(shops: Iterable[DemoShop], *, now: datetime) -> None:
    """Make the demo's vouchers that are missing."""
    wanted: list[dict[str, Any]] = [*PLATFORM, *_of_shops(list(shops)[:MAX_SHOPS])]
    codes = [str(row["code"]) for row in wanted]
    there = set(Voucher.objects.live().with_codes(codes).values_list("code", flat=True))
    for row in wanted:
        if row["code"] not in there:
            create_voucher(actor=None, starts_at=now, ends_at=now + GOOD_FOR, **row)


def _of_shops(shops: list[DemoShop]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, shop in enumerate(shops, 1):
        stem = slugify(shop.name, max_length=24).replace("-", "").upper()
        percent = (5, 8, 10, 12)[number % 4]
        rows.append(
            {
                "code": f"{stem}-{percent}",
                "name": f"{shop.name}: giảm {percent}%",
                "kind": VoucherKind.PERCENTAGE,
                "value": percent * 100,
                "max_discount_amount": 50_000,
                "min_spend_amount": 150_000,
                "per_user_limit": 3,
                "shop_id": shop.id,
            }
        )
    return rows
