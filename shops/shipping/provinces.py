"""Vietnam's provinces: how people write them, and which region each is in.

The 34 units since 1 July 2025 with the old ones that went into them.
Source: Nghị quyết 202/2025/QH15.
"""

import re
from typing import Final

from marketplace.common.texts import fold
from shops.shipping.constants import Region

_NORTH: Final = {
    "Hà Nội": (),
    "Hải Phòng": ("Hải Dương",),
    "Quảng Ninh": (),
    "Bắc Ninh": ("Bắc Giang",),
    "Hưng Yên": ("Thái Bình",),
    "Ninh Bình": ("Hà Nam", "Nam Định"),
    "Phú Thọ": ("Vĩnh Phúc", "Hòa Bình"),
    "Thái Nguyên": ("Bắc Kạn",),
    "Tuyên Quang": ("Hà Giang",),
    "Lào Cai": ("Yên Bái",),
    "Cao Bằng": (),
    "Lạng Sơn": (),
    "Lai Châu": (),
    "Điện Biên": (),
    "Sơn La": (),
}
_CENTRAL: Final = {
    "Thanh Hóa": (),
    "Nghệ An": (),
    "Hà Tĩnh": (),
    "Quảng Trị": ("Quảng Bình",),
    "Huế": ("Thừa Thiên Huế",),
    "Đà Nẵng": ("Quảng Nam",),
    "Quảng Ngãi": ("Kon Tum",),
    "Gia Lai": ("Bình Định",),
    "Đắk Lắk": ("Phú Yên", "Đắc Lắc"),
    "Khánh Hòa": ("Ninh Thuận",),
    "Lâm Đồng": ("Đắk Nông", "Đắc Nông", "Bình Thuận"),
}
_SOUTH: Final = {
    "Hồ Chí Minh": ("Sài Gòn", "HCM", "Bình Dương", "Bà Rịa - Vũng Tàu", "Vũng Tàu"),
    "Đồng Nai": ("Bình Phước",),
    "Tây Ninh": ("Long An",),
    "Đồng Tháp": ("Tiền Giang",),
    "Vĩnh Long": ("Bến Tre", "Trà Vinh"),
    "Cần Thơ": ("Hậu Giang", "Sóc Trăng"),
    "An Giang": ("Kiên Giang",),
    "Cà Mau": ("Bạc Liêu",),
}
PROVINCES: Final = {Region.NORTH: _NORTH, Region.CENTRAL: _CENTRAL, Region.SOUTH: _SOUTH}

_NOISE = re.compile(r"[^a-z0-9]+")
_PREFIX = re.compile(r"^(tinh|thanhpho|tp)")
_SUFFIX = re.compile(r"(city|province)$")


def _key(name: str) -> str:
    """`TP. Hồ Chí Minh`, `ho chi minh city` and `Hồ Chí Minh` are one."""
    return _SUFFIX.sub("", _PREFIX.sub("", _NOISE.sub("", fold(name))))


_KNOWN: Final[dict[str, tuple[str, Region]]] = {
    _key(name): (current, region)
    for region, provinces in PROVINCES.items()
    for current, former in provinces.items()
    for name in (current, *former)
}


def find_province(name: str) -> tuple[str, Region] | None:
    """Return the present province and the region of a name old or new; None for an unknown one."""
    return _KNOWN.get(_key(name))
