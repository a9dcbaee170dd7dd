"""The words of the demo: a Vietnamese marketplace that never was. Every brand is invented."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Section:
    """A category of the second level and its five below; prices in thousands of đồng."""

    name: str
    leaves: tuple[str, ...]
    options: str
    prices: tuple[int, int]
    grams: tuple[int, int]


@dataclass(frozen=True)
class Department:
    """A category of the first level; `hue` in degrees colours its pictures."""

    name: str
    hue: int
    sections: tuple[Section, ...]


DEPARTMENTS: Final = (
    Department(
        "Thời trang nữ",
        335,
        (
            Section(
                "Áo nữ",
                ("Áo thun nữ", "Áo sơ mi nữ", "Áo kiểu", "Áo len nữ", "Áo hai dây"),
                "size",
                (79, 450),
                (120, 350),
            ),
            Section(
                "Váy đầm",
                ("Đầm maxi", "Đầm công sở", "Chân váy chữ A", "Chân váy tennis", "Áo dài cách tân"),
                "size",
                (149, 1200),
                (200, 600),
            ),
            Section(
                "Quần nữ",
                ("Quần jeans nữ", "Quần ống rộng", "Quần short nữ", "Quần legging", "Quần tây nữ"),
                "size",
                (99, 590),
                (200, 600),
            ),
            Section(
                "Phụ kiện nữ",
                ("Túi đeo chéo", "Khăn lụa", "Băng đô", "Kính mát nữ", "Ví cầm tay"),
                "color",
                (49, 890),
                (50, 700),
            ),
        ),
    ),
    Department(
        "Thời trang nam",
        215,
        (
            Section(
                "Áo nam",
                ("Áo thun nam", "Áo polo", "Áo sơ mi nam", "Áo khoác gió", "Áo hoodie"),
                "size",
                (89, 650),
                (150, 700),
            ),
            Section(
                "Quần nam",
                ("Quần jeans nam", "Quần kaki", "Quần short nam", "Quần jogger", "Quần tây nam"),
                "size",
                (119, 690),
                (250, 700),
            ),
            Section(
                "Giày dép nam",
                ("Giày sneaker nam", "Giày tây", "Dép quai ngang", "Giày lười", "Sandal nam"),
                "shoe",
                (99, 1900),
                (400, 1200),
            ),
            Section(
                "Phụ kiện nam",
                ("Thắt lưng da", "Ví nam", "Mũ lưỡi trai", "Cà vạt", "Vớ cổ ngắn"),
                "color",
                (29, 690),
                (40, 400),
            ),
        ),
    ),
    Department(
        "Điện thoại & Phụ kiện",
        190,
        (
            Section(
                "Điện thoại",
                (
                    "Điện thoại phổ thông",
                    "Điện thoại tầm trung",
                    "Điện thoại cao cấp",
                    "Điện thoại chơi game",
                    "Điện thoại gập",
                ),
                "storage",
                (1900, 32000),
                (160, 260),
            ),
            Section(
                "Ốp lưng & Miếng dán",
                (
                    "Ốp lưng silicon",
                    "Ốp lưng da",
                    "Kính cường lực",
                    "Miếng dán camera",
                    "Ví dán điện thoại",
                ),
                "color",
                (19, 290),
                (20, 90),
            ),
            Section(
                "Sạc & Cáp",
                ("Củ sạc nhanh", "Cáp sạc dù", "Pin dự phòng", "Sạc không dây", "Sạc ô tô"),
                "color",
                (49, 990),
                (40, 450),
            ),
            Section(
                "Tai nghe",
                (
                    "Tai nghe không dây",
                    "Tai nghe chụp tai",
                    "Tai nghe có dây",
                    "Tai nghe thể thao",
                    "Hộp đựng tai nghe",
                ),
                "color",
                (89, 4900),
                (30, 350),
            ),
        ),
    ),
    Department(
        "Máy tính & Thiết bị số",
        240,
        (
            Section(
                "Máy tính xách tay",
                (
                    "Laptop văn phòng",
                    "Laptop chơi game",
                    "Laptop đồ họa",
                    "Laptop mỏng nhẹ",
                    "Laptop sinh viên",
                ),
                "storage",
                (8900, 45000),
                (1000, 2600),
            ),
            Section(
                "Bàn phím & Chuột",
                (
                    "Bàn phím cơ",
                    "Bàn phím không dây",
                    "Chuột chơi game",
                    "Chuột văn phòng",
                    "Lót chuột cỡ lớn",
                ),
                "color",
                (89, 2900),
                (80, 1300),
            ),
            Section(
                "Lưu trữ",
                ("Ổ cứng SSD", "Ổ cứng di động", "Thẻ nhớ", "USB", "Hộp đựng ổ cứng"),
                "storage",
                (99, 3900),
                (10, 300),
            ),
            Section(
                "Thiết bị mạng",
                ("Bộ phát Wi-Fi", "Bộ kích sóng", "Bộ chia mạng", "Cáp mạng", "Camera an ninh"),
                "none",
                (59, 3500),
                (80, 900),
            ),
        ),
    ),
    Department(
        "Nhà cửa & Đời sống",
        35,
        (
            Section(
                "Phòng bếp",
                ("Nồi inox", "Chảo chống dính", "Bộ dao bếp", "Thớt gỗ", "Hộp đựng thực phẩm"),
                "none",
                (39, 1500),
                (200, 3000),
            ),
            Section(
                "Phòng ngủ",
                ("Ga trải giường", "Chăn hè thu", "Gối cao su non", "Màn chụp", "Ruột gối"),
                "color",
                (99, 1900),
                (500, 3500),
            ),
            Section(
                "Trang trí",
                ("Tranh treo tường", "Đèn ngủ", "Nến thơm", "Lọ hoa gốm", "Thảm trải sàn"),
                "color",
                (49, 1200),
                (150, 3000),
            ),
            Section(
                "Dọn dẹp",
                ("Cây lau nhà", "Giỏ đựng đồ", "Khăn lau đa năng", "Nước rửa chén", "Túi đựng rác"),
                "pack",
                (15, 590),
                (100, 3000),
            ),
        ),
    ),
    Department(
        "Sắc đẹp",
        310,
        (
            Section(
                "Chăm sóc da",
                (
                    "Sữa rửa mặt",
                    "Kem chống nắng",
                    "Tinh chất dưỡng da",
                    "Mặt nạ giấy",
                    "Nước hoa hồng",
                ),
                "volume",
                (25, 1200),
                (30, 400),
            ),
            Section(
                "Trang điểm",
                ("Son lì", "Phấn nước", "Kẻ mắt", "Phấn má hồng", "Bút kẻ mày"),
                "color",
                (49, 890),
                (10, 120),
            ),
            Section(
                "Chăm sóc tóc",
                ("Dầu gội", "Dầu xả", "Ủ tóc", "Dầu dưỡng tóc", "Thuốc nhuộm"),
                "volume",
                (59, 590),
                (80, 900),
            ),
            Section(
                "Nước hoa",
                ("Nước hoa nữ", "Nước hoa nam", "Nước hoa khô", "Xịt thơm toàn thân", "Tinh dầu"),
                "volume",
                (99, 3900),
                (20, 400),
            ),
        ),
    ),
    Department(
        "Mẹ & Bé",
        15,
        (
            Section(
                "Tã & Vệ sinh",
                ("Tã quần", "Tã dán", "Khăn ướt", "Sữa tắm em bé", "Phấn rôm"),
                "pack",
                (39, 490),
                (100, 2500),
            ),
            Section(
                "Ăn dặm",
                ("Bột ăn dặm", "Bánh ăn dặm", "Bình sữa", "Ghế ăn dặm", "Yếm ăn"),
                "none",
                (35, 1500),
                (80, 5000),
            ),
            Section(
                "Quần áo trẻ em",
                ("Bộ đồ bé trai", "Bộ đồ bé gái", "Áo liền quần", "Mũ em bé", "Giày tập đi"),
                "size",
                (49, 390),
                (60, 400),
            ),
            Section(
                "Đồ chơi",
                ("Xếp hình gỗ", "Đất nặn", "Xe điều khiển", "Búp bê vải", "Bảng vẽ từ tính"),
                "color",
                (39, 990),
                (100, 1800),
            ),
        ),
    ),
    Department(
        "Thực phẩm & Đồ uống",
        95,
        (
            Section(
                "Đặc sản vùng miền",
                ("Nước mắm truyền thống", "Mực khô", "Hạt điều rang muối", "Bánh pía", "Chè lam"),
                "pack",
                (35, 790),
                (200, 2000),
            ),
            Section(
                "Cà phê & Trà",
                ("Cà phê rang xay", "Cà phê hòa tan", "Trà ô long", "Trà sen", "Trà thảo mộc"),
                "pack",
                (45, 690),
                (100, 1200),
            ),
            Section(
                "Đồ ăn vặt",
                ("Bánh tráng trộn", "Khô gà lá chanh", "Rong biển giòn", "Mít sấy", "Kẹo dừa"),
                "pack",
                (15, 190),
                (80, 900),
            ),
            Section(
                "Gia vị & Ngũ cốc",
                ("Gạo ST", "Muối ớt xanh", "Mật ong rừng", "Tiêu đen", "Yến mạch"),
                "pack",
                (19, 490),
                (100, 5000),
            ),
        ),
    ),
    Department(
        "Thể thao & Dã ngoại",
        150,
        (
            Section(
                "Tập luyện",
                ("Thảm yoga", "Tạ tay", "Dây nhảy", "Dây kháng lực", "Con lăn bụng"),
                "color",
                (49, 990),
                (100, 9000),
            ),
            Section(
                "Cầu lông & Bóng đá",
                ("Vợt cầu lông", "Quả cầu lông", "Bóng đá", "Giày đá bóng", "Găng tay thủ môn"),
                "none",
                (59, 2900),
                (80, 900),
            ),
            Section(
                "Dã ngoại",
                ("Lều cắm trại", "Túi ngủ", "Bếp ga mini", "Ghế xếp", "Bình giữ nhiệt"),
                "color",
                (99, 2500),
                (300, 4500),
            ),
            Section(
                "Xe đạp",
                ("Mũ bảo hiểm xe đạp", "Đèn xe đạp", "Găng tay xe đạp", "Khóa xe đạp", "Bơm mini"),
                "none",
                (59, 1500),
                (80, 900),
            ),
        ),
    ),
    Department(
        "Sách & Văn phòng phẩm",
        50,
        (
            Section(
                "Văn học",
                ("Tiểu thuyết", "Truyện ngắn", "Thơ", "Tản văn", "Văn học thiếu nhi"),
                "none",
                (45, 290),
                (200, 700),
            ),
            Section(
                "Kỹ năng & Kinh doanh",
                (
                    "Sách kỹ năng sống",
                    "Sách khởi nghiệp",
                    "Sách tài chính",
                    "Sách tâm lý",
                    "Sách tiếp thị",
                ),
                "none",
                (59, 350),
                (250, 700),
            ),
            Section(
                "Dụng cụ học tập",
                ("Bút bi", "Vở kẻ ngang", "Hộp bút", "Bảng màu nước", "Balo học sinh"),
                "color",
                (9, 490),
                (30, 900),
            ),
            Section(
                "Văn phòng",
                ("Giấy in", "Sổ tay bìa da", "Kẹp tài liệu", "Máy tính bỏ túi", "Khay hồ sơ"),
                "pack",
                (19, 490),
                (50, 2500),
            ),
        ),
    ),
    Department(
        "Điện gia dụng",
        265,
        (
            Section(
                "Nhà bếp điện",
                ("Nồi cơm điện", "Nồi chiên không dầu", "Ấm siêu tốc", "Máy xay sinh tố", "Bếp từ"),
                "color",
                (190, 4900),
                (900, 6500),
            ),
            Section(
                "Làm mát & Lọc khí",
                (
                    "Quạt đứng",
                    "Quạt cầm tay",
                    "Máy lọc không khí",
                    "Máy phun sương",
                    "Quạt điều hòa",
                ),
                "color",
                (79, 5900),
                (200, 9000),
            ),
            Section(
                "Chăm sóc cá nhân",
                ("Máy sấy tóc", "Máy cạo râu", "Bàn chải điện", "Máy massage", "Cân sức khỏe"),
                "color",
                (99, 2900),
                (150, 2500),
            ),
            Section(
                "Giặt ủi",
                ("Bàn ủi hơi nước", "Máy hút bụi", "Robot lau nhà", "Máy giặt mini", "Giá phơi đồ"),
                "none",
                (190, 9900),
                (800, 9500),
            ),
        ),
    ),
    Department(
        "Thú cưng & Cây cảnh",
        125,
        (
            Section(
                "Chó mèo",
                ("Hạt cho mèo", "Hạt cho chó", "Cát vệ sinh", "Vòng cổ", "Bánh thưởng"),
                "pack",
                (19, 890),
                (100, 6000),
            ),
            Section(
                "Cá cảnh",
                ("Bể cá mini", "Máy lọc bể cá", "Thức ăn cho cá", "Sỏi trang trí", "Đèn bể cá"),
                "none",
                (15, 990),
                (100, 6000),
            ),
            Section(
                "Cây trong nhà",
                ("Cây lưỡi hổ", "Cây kim tiền", "Sen đá", "Cây trầu bà", "Xương rồng"),
                "none",
                (25, 590),
                (300, 4000),
            ),
            Section(
                "Dụng cụ làm vườn",
                ("Chậu gốm", "Đất trồng", "Bình tưới", "Kéo tỉa cành", "Hạt giống rau"),
                "pack",
                (15, 390),
                (50, 5000),
            ),
        ),
    ),
)

BRANDS: Final = (
    "Sao Khuê",
    "Mây Lụa",
    "Trúc Việt",
    "Phố Xưa",
    "Lá Sen",
    "Nắng Hạ",
    "Gió Đông",
    "An Nhiên",
    "Hạt Mưa",
    "Thạch Anh",
    "Cánh Diều",
    "Bến Thuyền",
    "Rạng Đông Xanh",
    "Vườn Nhà",
    "Kim Long Mã",
    "Tre Làng",
    "Sóng Biếc",
    "Mộc Lan",
    "Đèo Gió",
    "Hoa Ban",
    "Tí Tách",
    "Ong Chăm",
    "Voi Con",
    "Cò Trắng",
    "Lúa Mới",
    "Novako",
    "Zentori",
    "Lumisa",
    "Vietora",
    "Kanoko",
    "Astrelo",
    "Minavi",
    "Polaro",
    "Quantix",
    "Orivo",
    "Tembusu",
    "Sakana",
    "Helio Mo",
    "Bantra",
    "Yumeko",
)

SHOPS: Final = (
    "Tiệm Nhà Mây",
    "Góc Phố Số 9",
    "Chợ Nhỏ Của Mẹ",
    "Xóm Đồ Xinh",
    "Kho Công Nghệ Sài Gòn",
    "Tiệm Gốm Bát Trà",
    "Bếp Của Ngoại",
    "Nhà Sách Đom Đóm",
    "Vườn Trên Mái",
    "Phượt Ba Miền",
    "Hội Mèo Lười",
    "Đặc Sản Sông Hậu",
    "Tủ Đồ Cô Ba",
    "Xưởng May Hội An",
    "Trạm Sạc 24h",
    "Bé Na Shop",
    "Thể Thao Bách Khoa",
    "Điện Máy Hạnh Phúc",
    "Mỹ Phẩm Hoa Mai",
    "Cà Phê Phố Núi",
)
PENDING_SHOP: Final = "Tiệm Mới Toanh"
SHOP_PREFIXES: Final = ("Tiệm", "Kho", "Nhà", "Góc", "Xưởng", "Trạm", "Chợ", "Hội")
SHOP_SUFFIXES: Final = (
    "Bình Minh",
    "Hoa Sữa",
    "Đồng Xanh",
    "Phố Hội",
    "Cầu Vồng",
    "Sao Mai",
    "Biển Nhớ",
    "Tuổi Thơ",
    "Hạnh Phúc",
    "Mùa Thu",
)

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

REVIEWS: Final[dict[int, tuple[tuple[str, str], ...]]] = {
    5: (
        ("Rất hài lòng", "Giao nhanh, đóng gói chắc chắn, đúng như hình. Sẽ ủng hộ shop tiếp!"),
        ("Tuyệt vời", "Chất lượng hơn mong đợi so với giá tiền."),
        ("Đáng mua", "Mình đã mua lần thứ hai, cả nhà đều thích."),
    ),
    4: (
        ("Khá tốt", "Hàng ổn, chỉ hơi lâu một chút vì ở xa."),
        ("Hài lòng", "Đúng mô tả, màu hơi khác ảnh một chút nhưng vẫn đẹp."),
    ),
    3: (
        ("Tạm được", "Dùng được, nhưng với giá này thì nên tốt hơn."),
        ("Bình thường", "Không có gì đặc biệt, đóng gói sơ sài."),
    ),
    2: (("Hơi thất vọng", "Khác ảnh khá nhiều, chất liệu mỏng."),),
    1: (("Không hài lòng", "Giao chậm và hàng bị trầy, mong shop kiểm tra kỹ hơn."),),
}
REPLIES: Final = (
    "Cảm ơn bạn đã tin tưởng shop!",
    "Shop cảm ơn góp ý của bạn và sẽ cải thiện ạ.",
)
# What buyers ask before they buy, and what shops say to it.
QUESTIONS: Final = (
    ("Sản phẩm này còn hàng không shop?", "Dạ còn hàng, bạn đặt là shop gửi trong ngày ạ."),
    ("Giao về tỉnh mất mấy ngày vậy?", "Dạ khoảng 2 đến 4 ngày tùy nơi ạ."),
    ("Hàng có bảo hành không ạ?", "Dạ có, bạn xem thời hạn ở phần mô tả nhé."),
    ("Có được kiểm tra hàng trước khi trả tiền không?", "Dạ được ạ, bạn cứ mở ra xem trước."),
    ("Màu ngoài có giống trong ảnh không shop?", "Dạ ảnh chụp thật, chỉ lệch chút do ánh sáng."),
    ("Mua hai cái có được giảm không?", "Dạ bạn dùng mã giảm giá của shop khi đặt nhé."),
)
CANCEL_REASONS: Final = ("Đặt nhầm phân loại", "Không còn nhu cầu", "Muốn đổi địa chỉ")
