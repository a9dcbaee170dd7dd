"""How people write provinces."""

import pytest

from shops.shipping.constants import Region, Zone
from shops.shipping.provinces import PROVINCES, find_province
from shops.shipping.services import zone_between

# The 63 units until 30 June 2025.
FORMER = """
An Giang, Bà Rịa - Vũng Tàu, Bạc Liêu, Bắc Giang, Bắc Kạn, Bắc Ninh, Bến Tre, Bình Dương, Bình Định,
Bình Phước, Bình Thuận, Cà Mau, Cao Bằng, Cần Thơ, Đà Nẵng, Đắk Lắk, Đắk Nông, Điện Biên, Đồng Nai,
Đồng Tháp, Gia Lai, Hà Giang, Hà Nam, Hà Nội, Hà Tĩnh, Hải Dương, Hải Phòng, Hậu Giang, Hòa Bình,
Hồ Chí Minh, Hưng Yên, Khánh Hòa, Kiên Giang, Kon Tum, Lai Châu, Lạng Sơn, Lào Cai, Lâm Đồng,
Long An, Nam Định, Nghệ An, Ninh Bình, Ninh Thuận, Phú Thọ, Phú Yên, Quảng Bình, Quảng Nam,
Quảng Ngãi,
Quảng Ninh, Quảng Trị, Sóc Trăng, Sơn La, Tây Ninh, Thái Bình, Thái Nguyên, Thanh Hóa,
Thừa Thiên Huế, Tiền Giang, Trà Vinh, Tuyên Quang, Vĩnh Long, Vĩnh Phúc, Yên Bái
"""


def test_every_former_province_is_known():
    names = [name.strip() for name in FORMER.replace("\n", " ").split(",")]

    assert len(names) == 63
    assert [name for name in names if find_province(name) is None] == []


def test_there_are_34_provinces_each_in_one_region():
    names = [name for provinces in PROVINCES.values() for name in provinces]

    assert len(names) == len(set(names)) == 34
    assert {len(provinces) for provinces in PROVINCES.values()} == {15, 11, 8}


@pytest.mark.parametrize(
    "name",
    [
        "Hồ Chí Minh",
        "TP. Hồ Chí Minh",
        "Thành phố Hồ Chí Minh",
        "tp ho chi minh",
        "TPHCM",
        "Ho Chi Minh City",
        "HO CHI MINH",
        "Sài Gòn",
        "Bình Dương",
        "tỉnh Bà Rịa – Vũng Tàu",
    ],
)
def test_all_ways_to_write_a_province_are_one(name):
    assert find_province(name) == ("Hồ Chí Minh", Region.SOUTH)


@pytest.mark.parametrize("name", ["", "   ", "Atlantis", "東京", "tp", "city"])
def test_unknown_province_is_none(name):
    assert find_province(name) is None


@pytest.mark.parametrize(
    ("origin", "destination", "zone"),
    [
        ("Hà Nội", "ha noi", Zone.SAME_PROVINCE),
        ("Hải Dương", "Hải Phòng", Zone.SAME_PROVINCE),
        ("Hà Nội", "Hải Phòng", Zone.SAME_REGION),
        ("Đà Nẵng", "Thừa Thiên Huế", Zone.SAME_REGION),
        ("Cần Thơ", "TP.HCM", Zone.SAME_REGION),
        ("Hà Nội", "Hồ Chí Minh", Zone.NATIONAL),
        ("Hà Nội", "Đà Nẵng", Zone.NATIONAL),
        ("Hà Nội", "Atlantis", Zone.NATIONAL),
        ("Atlantis", "Atlantis", Zone.NATIONAL),
        ("", "Hà Nội", Zone.NATIONAL),
    ],
)
def test_zone(origin, destination, zone):
    assert zone_between(origin, destination) is zone
