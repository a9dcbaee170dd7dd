"""The categories: departments, their sections, and the leaves below."""

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
