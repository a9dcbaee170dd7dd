"""What buyers and shops say to each other."""

from typing import Final

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
