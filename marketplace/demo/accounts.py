"""The accounts of the demo. Imports no models, so that the start page can list them."""

from dataclasses import dataclass
from typing import Final

# Refused in production: see `seed_demo`.
PASSWORD: Final = "marketplace-demo"


@dataclass(frozen=True)
class DemoAccount:
    """One person of the demo; `can` is what the start page says of them."""

    email: str
    full_name: str
    phone_number: str
    can: str


ADMIN: Final = DemoAccount(
    "admin@demo.test", "Trần Quản Trị", "+84900000001", "do everything, at /admin/"
)
MODERATOR: Final = DemoAccount(
    "moderator@demo.test", "Lê Kiểm Duyệt", "+84900000002", "approve shops and products, at /admin/"
)
SELLER: Final = DemoAccount(
    "seller@demo.test", "Nguyễn Bán Hàng", "+84900000003", "sell, with stock"
)
SELLER2: Final = DemoAccount(
    "seller2@demo.test", "Phạm Cửa Tiệm", "+84900000004", "sell, with stock"
)
NEW_SELLER: Final = DemoAccount(
    "newseller@demo.test", "Võ Mới Mở", "+84900000005", "see a shop that waits for approval"
)
BUYER: Final = DemoAccount("buyer@demo.test", "Đỗ Mua Sắm", "+84900000006", "buy")
BUYER2: Final = DemoAccount("buyer2@demo.test", "Hồ Săn Sale", "+84900000007", "buy")

ACCOUNTS: Final = (ADMIN, MODERATOR, SELLER, SELLER2, NEW_SELLER, BUYER, BUYER2)
