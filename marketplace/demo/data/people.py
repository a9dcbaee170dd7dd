"""Names of people, and where they live."""

from dataclasses import dataclass
from typing import Final

FAMILY_NAMES: Final = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
MIDDLE_NAMES: Final = ("Văn", "Thị", "Minh", "Thanh", "Ngọc", "Quốc", "Thu", "Gia", "Bảo", "Hải")
GIVEN_NAMES: Final = (
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hương",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Phúc",
    "Quân",
    "Sơn",
    "Thảo",
    "Trang",
    "Tuấn",
    "Vy",
    "Yến",
)


@dataclass(frozen=True)
class City:
    """Where people and shops are."""

    province: str
    districts: tuple[str, ...]
    latitude: float
    longitude: float


CITIES: Final = (
    City("Hà Nội", ("Ba Đình", "Cầu Giấy", "Đống Đa", "Hoàn Kiếm"), 21.0285, 105.8542),
    City("Hồ Chí Minh", ("Quận 1", "Quận 3", "Bình Thạnh", "Phú Nhuận"), 10.7769, 106.7009),
    City("Đà Nẵng", ("Hải Châu", "Sơn Trà", "Thanh Khê"), 16.0544, 108.2022),
    City("Hải Phòng", ("Hồng Bàng", "Lê Chân"), 20.8449, 106.6881),
    City("Cần Thơ", ("Ninh Kiều", "Cái Răng"), 10.0452, 105.7469),
    City("Thừa Thiên Huế", ("Phú Hội", "Vĩ Dạ"), 16.4637, 107.5909),
    City("Khánh Hòa", ("Nha Trang", "Cam Ranh"), 12.2388, 109.1967),
    City("Lâm Đồng", ("Đà Lạt", "Bảo Lộc"), 11.9404, 108.4583),
    City("Quảng Nam", ("Hội An", "Tam Kỳ"), 15.8801, 108.3380),
    City("Đồng Nai", ("Biên Hòa", "Long Khánh"), 10.9574, 106.8427),
    City("Nghệ An", ("Vinh", "Cửa Lò"), 18.6796, 105.6813),
    City("Đắk Lắk", ("Buôn Ma Thuột", "Buôn Hồ"), 12.6667, 108.0500),
)
STREETS: Final = (
    "Trần Hưng Đạo",
    "Lê Lợi",
    "Nguyễn Huệ",
    "Hai Bà Trưng",
    "Lý Thường Kiệt",
    "Phan Chu Trinh",
    "Quang Trung",
    "Điện Biên Phủ",
    "Hoàng Diệu",
    "Bạch Đằng",
)
