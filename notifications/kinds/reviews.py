"""Reviews and questions."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import Kind, Text

KINDS: Final[dict[T, Kind]] = {
    T.REVIEW_RECEIVED: Kind(
        Audience.SELLER,
        Text("Đánh giá mới", "“{product}” có đánh giá mới: {rating} sao."),
        Text("New review", "“{product}” has a new review: {rating} of 5 stars."),
        page="/seller/products/{product_id}",
    ),
    T.REVIEW_REPLIED: Kind(
        Audience.BUYER,
        Text("Cửa hàng đã phản hồi", "{shop} đã phản hồi đánh giá của bạn về “{product}”."),
        Text("The shop replied", "{shop} replied to your review of “{product}”."),
        page="/products/{product_slug}",
    ),
    T.REVIEW_HIDDEN: Kind(
        Audience.BUYER,
        Text("Đánh giá bị ẩn", "Đánh giá của bạn về “{product}” đã bị ẩn: {reason}"),
        Text("Review hidden", "Your review of “{product}” has been hidden: {reason}"),
        page="/products/{product_slug}",
    ),
    T.REVIEW_PUBLISHED: Kind(
        Audience.BUYER,
        Text("Đánh giá được hiện lại", "Đánh giá của bạn về “{product}” đã được hiện lại."),
        Text("Review shown again", "Your review of “{product}” is public again."),
        page="/products/{product_slug}",
    ),
    T.REVIEW_REPORTED: Kind(
        Audience.STAFF,
        Text("Đánh giá bị báo cáo", "Một đánh giá về “{product}” bị ẩn sau các báo cáo."),
        Text("Review reported", "A review of “{product}” was hidden after reports. Please decide."),
        page="/admin/reviews/review/{review_id}/change/",
    ),
    T.QUESTION_RECEIVED: Kind(
        Audience.SELLER,
        Text("Câu hỏi mới", "Có người hỏi về “{product}”. Hãy trả lời sớm."),
        Text("New question", "Somebody asks about “{product}”. Please answer soon."),
        page="/seller/products/{product_id}",
    ),
    T.QUESTION_ANSWERED: Kind(
        Audience.BUYER,
        Text("Câu hỏi đã được trả lời", "{shop} đã trả lời câu hỏi của bạn về “{product}”."),
        Text("Question answered", "{shop} answered your question about “{product}”."),
        page="/products/{product_slug}",
    ),
    T.QUESTION_HIDDEN: Kind(
        Audience.BUYER,
        Text("Câu hỏi bị ẩn", "Câu hỏi của bạn về “{product}” đã bị ẩn: {reason}"),
        Text("Question hidden", "Your question about “{product}” has been hidden: {reason}"),
        page="/products/{product_slug}",
    ),
    T.QUESTION_PUBLISHED: Kind(
        Audience.BUYER,
        Text("Câu hỏi được hiện lại", "Câu hỏi của bạn về “{product}” đã được hiện lại."),
        Text("Question shown again", "Your question about “{product}” is public again."),
        page="/products/{product_slug}",
    ),
    T.QUESTION_REPORTED: Kind(
        Audience.STAFF,
        Text("Câu hỏi bị báo cáo", "Một câu hỏi về “{product}” bị ẩn sau các báo cáo."),
        Text(
            "Question reported",
            "A question about “{product}” was hidden after reports. Please decide.",
        ),
        page="/admin/reviews/question/{question_id}/change/",
    ),
}
