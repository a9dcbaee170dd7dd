"""What products are called and made of."""

from typing import Final

COLOURS: Final = (
    "Đen",
    "Trắng",
    "Xanh navy",
    "Đỏ đô",
    "Be",
    "Hồng phấn",
    "Xanh rêu",
    "Vàng bơ",
    "Xám khói",
)
# Each option kind: the name of the variant's attribute and its possible values, in order.
OPTIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "size": ("size", ("S", "M", "L", "XL")),
    "shoe": ("size", ("39", "40", "41", "42", "43")),
    "color": ("color", COLOURS),
    "storage": ("storage", ("64 GB", "128 GB", "256 GB", "512 GB")),
    "pack": ("pack", ("1 gói", "Combo 2", "Combo 3", "Thùng 6")),
    "volume": ("volume", ("30 ml", "50 ml", "100 ml", "200 ml")),
    "none": ("", ("",)),
}
# Larger ones of these cost more; sizes and colours do not.
PRICED_OPTIONS: Final = frozenset({"storage", "pack", "volume"})
QUALITIES: Final = (
    "cao cấp",
    "tiện lợi",
    "phong cách Hàn Quốc",
    "bền đẹp",
    "thủ công",
    "bản mới",
    "mẫu hot",
    "chính hãng",
    "giá sinh viên",
    "phiên bản giới hạn",
    "hàng Việt",
    "tối giản",
    "đa năng",
    "quà tặng ý nghĩa",
)
MATERIALS: Final = (
    "Cotton",
    "Gỗ tự nhiên",
    "Thép không gỉ",
    "Nhựa ABS",
    "Gốm",
    "Da tổng hợp",
    "Thành phần tự nhiên",
)
ORIGINS: Final = ("Việt Nam", "Hàn Quốc", "Nhật Bản", "Thái Lan", "Trung Quốc", "Đức")
WARRANTIES: Final = ("7 ngày đổi trả", "6 tháng", "12 tháng", "24 tháng")
DESCRIPTIONS: Final = (
    "{title} được {shop} tuyển chọn kỹ, phù hợp dùng hằng ngày.",
    "Hàng có sẵn tại kho {city}, đóng gói cẩn thận và gửi trong ngày.",
    "Chất liệu {material}, xuất xứ {origin}.",
    "Bảo hành: {warranty}. Đổi trả miễn phí nếu sản phẩm có lỗi của nhà sản xuất.",
    "Nhắn cho shop nếu bạn cần tư vấn trước khi đặt hàng.",
)
