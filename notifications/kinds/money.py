"""Money of shops."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import Kind, Text

KINDS: Final[dict[T, Kind]] = {
    T.STATEMENT_READY: Kind(
        Audience.SELLER,
        Text(
            "Bảng kê hằng tháng",
            "Bảng kê tháng {month} của {shop} đã sẵn sàng. Số dư cuối tháng: {closing}.",
        ),
        Text(
            "Monthly statement",
            "The statement of {shop} for {month} is ready. Balance at the end: {closing}.",
        ),
        page="/seller/statements/{statement_id}",
    ),
    T.ORDER_REFUNDED: Kind(
        Audience.SELLER,
        Text(
            "Hoàn tiền cho đơn hàng",
            "{amount} của đơn hàng {number} đã được hoàn cho người mua. Lý do: {reason}",
        ),
        Text(
            "Order refunded",
            "{amount} of order {number} went back to the buyer. Reason: {reason}",
        ),
        page="/seller/orders/{order_id}",
    ),
    T.PAYOUT_APPROVED: Kind(
        Audience.SELLER,
        Text("Lệnh chi trả đã được duyệt", "{amount} sẽ được chuyển đến tài khoản {account}."),
        Text("Payout approved", "{amount} will be sent to account {account}."),
        page="/seller/payouts/{payout_id}",
    ),
    T.PAYOUT_PAID: Kind(
        Audience.SELLER,
        Text("Đã chi trả", "{amount} đã được chuyển đến tài khoản {account}."),
        Text("Payout sent", "{amount} has been sent to account {account}."),
        page="/seller/payouts/{payout_id}",
    ),
}
