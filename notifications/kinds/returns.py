"""Returns and disputes."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import Kind, Text

KINDS: Final[dict[T, Kind]] = {
    T.RETURN_REQUESTED: Kind(
        Audience.SELLER,
        Text(
            "Yêu cầu trả hàng",
            "Người mua muốn trả hàng của đơn {number}. Hãy trả lời trước {until}, nếu không yêu"
            " cầu sẽ được chấp nhận.",
        ),
        Text(
            "Return requested",
            "The buyer wants to return goods of order {number}. Please answer before {until}, or"
            " it will be approved.",
        ),
    ),
    T.RETURN_APPROVED: Kind(
        Audience.BUYER,
        Text(
            "Yêu cầu trả hàng được chấp nhận",
            "Yêu cầu trả hàng của đơn {number} đã được chấp nhận. Hãy gửi hàng để {shop} nhận"
            " trước {until}.",
        ),
        Text(
            "Return approved",
            "Your return of order {number} has been approved. Please send the goods so that {shop}"
            " has them before {until}.",
        ),
    ),
    T.RETURN_APPROVED_BY_SILENCE: Kind(
        Audience.SELLER,
        Text(
            "Yêu cầu trả hàng được tự động chấp nhận",
            "Bạn chưa trả lời yêu cầu trả hàng của đơn {number}, nên yêu cầu đã được chấp nhận.",
        ),
        Text(
            "Return approved for you",
            "You did not answer the return of order {number}, so it has been approved.",
        ),
    ),
    T.RETURN_REJECTED: Kind(
        Audience.BUYER,
        Text(
            "Yêu cầu trả hàng bị từ chối",
            "{shop} từ chối yêu cầu trả hàng của đơn {number}: {reason} Bạn có thể khiếu nại trong"
            " bảy ngày.",
        ),
        Text(
            "Return rejected",
            "{shop} has rejected your return of order {number}: {reason} You can ask us to decide"
            " within seven days.",
        ),
    ),
    T.RETURN_RECEIVED: Kind(
        Audience.BUYER,
        Text("Cửa hàng đã nhận hàng trả", "{shop} đã nhận hàng trả của đơn {number}."),
        Text("Return received", "{shop} has received the returned goods of order {number}."),
    ),
    T.RETURN_REFUNDED: Kind(
        Audience.BUYER,
        Text("Đã hoàn tiền", "Bạn được hoàn {amount} cho hàng trả của đơn {number}."),
        Text("Money refunded", "You were refunded {amount} for the return of order {number}."),
    ),
    T.RETURN_CANCELLED: Kind(
        Audience.SELLER,
        Text("Trả hàng đã bị hủy", "Hàng của đơn {number} sẽ không được trả lại."),
        Text("Return cancelled", "The goods of order {number} will not be returned."),
    ),
    T.DISPUTE_OPENED: Kind(
        Audience.SELLER,
        Text(
            "Người mua khiếu nại",
            "Người mua khiếu nại về việc trả hàng của đơn {number}. Chúng tôi sẽ quyết định.",
        ),
        Text(
            "Return disputed",
            "The buyer disputes the return of order {number}. We will decide.",
        ),
    ),
    T.DISPUTE_TO_DECIDE: Kind(
        Audience.STAFF,
        Text("Khiếu nại cần quyết định", "Người mua khiếu nại về đơn {number} của {shop}."),
        Text("Dispute to decide", "The buyer of order {number} of {shop} disputes a return."),
        page="/admin/returns/dispute/{dispute_id}/change/",
    ),
    T.DISPUTE_DECIDED: Kind(
        Audience.BUYER,
        Text("Khiếu nại đã được quyết định", "Khiếu nại về đơn {number}: {reason}"),
        Text("Dispute decided", "The dispute about order {number} is decided: {reason}"),
    ),
}
