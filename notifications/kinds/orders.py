"""Orders."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import EVERYWHERE, LIVE_ONLY, Kind, Text

KINDS: Final[dict[T, Kind]] = {
    T.ORDER_PLACED: Kind(
        Audience.BUYER,
        Text(
            "Đặt hàng thành công",
            "Đơn hàng {number} tại {shop} đã được đặt. Tổng cộng {total}.",
            "Don hang {number} da duoc dat, tong cong {total}.",
        ),
        Text(
            "Order placed",
            "Your order {number} from {shop} has been placed. The total is {total}.",
            "Your order {number} has been placed. Total {total}.",
        ),
    ),
    T.ORDER_RECEIVED: Kind(
        Audience.SELLER,
        Text(
            "Đơn hàng mới",
            "Bạn có đơn hàng mới {number}, tổng cộng {total}. Hãy xác nhận sớm.",
            "Ban co don hang moi {number}, tong cong {total}. Hay xac nhan som.",
        ),
        Text(
            "New order",
            "You have a new order {number} of {total}. Please confirm it soon.",
            "You have a new order {number} of {total}. Please confirm it soon.",
        ),
    ),
    T.ORDER_CONFIRMED: Kind(
        Audience.BUYER,
        Text(
            "Đơn hàng đã được xác nhận",
            "{shop} đã xác nhận đơn hàng {number} và đang chuẩn bị hàng.",
        ),
        Text("Order confirmed", "{shop} has confirmed order {number} and is preparing it."),
    ),
    T.ORDER_PACKED: Kind(
        Audience.BUYER,
        Text(
            "Đơn hàng đã được đóng gói",
            "Đơn hàng {number} đã được đóng gói và chờ giao cho đơn vị vận chuyển.",
        ),
        Text("Order packed", "Order {number} is packed and waits for the carrier."),
        channels=LIVE_ONLY,
    ),
    T.ORDER_SHIPPED: Kind(
        Audience.BUYER,
        Text(
            "Đơn hàng đang được giao",
            "Đơn hàng {number} đang trên đường đến bạn.",
            "Don hang {number} dang tren duong den ban.",
        ),
        Text(
            "Order on its way",
            "Order {number} is on its way to you.",
            "Order {number} is on its way to you.",
        ),
        channels=EVERYWHERE,
    ),
    T.ORDER_DELIVERED: Kind(
        Audience.BUYER,
        Text(
            "Đơn hàng đã được giao",
            "Đơn hàng {number} đã được giao. Hãy xác nhận khi bạn đã nhận đủ hàng.",
            "Don hang {number} da duoc giao.",
        ),
        Text(
            "Order delivered",
            "Order {number} has been delivered. Please confirm that you received everything.",
            "Order {number} has been delivered.",
        ),
    ),
    T.ORDER_DELIVERY_FAILED: Kind(
        Audience.BUYER,
        Text(
            "Giao hàng không thành công",
            "Chưa giao được đơn hàng {number}. Đơn sẽ được giao lại hoặc hủy.",
            "Chua giao duoc don hang {number}. Don se duoc giao lai hoac huy.",
        ),
        Text(
            "Delivery failed",
            "Order {number} could not be delivered. It will be tried again or cancelled.",
            "Order {number} could not be delivered. It will be tried again or cancelled.",
        ),
        channels=EVERYWHERE,
    ),
    T.ORDER_COMPLETED: Kind(
        Audience.BUYER,
        Text("Đơn hàng đã hoàn tất", "Đơn hàng {number} đã hoàn tất."),
        Text("Order completed", "Order {number} is completed."),
    ),
    T.ORDER_CANCELLED: Kind(
        Audience.BUYER,
        Text(
            "Đơn hàng đã bị hủy",
            "Đơn hàng {number} đã bị hủy. {reason}",
            "Don hang {number} da bi huy.",
        ),
        Text(
            "Order cancelled",
            "Order {number} has been cancelled. {reason}",
            "Order {number} has been cancelled.",
        ),
        channels=EVERYWHERE,
    ),
    T.ORDER_DUE_SOON: Kind(
        Audience.SELLER,
        Text(
            "Đơn hàng sắp trễ hạn",
            "Đơn hàng {number} đến hạn {due}: {step}. Nếu quá trễ, đơn sẽ bị hủy.",
        ),
        Text(
            "An order is due soon",
            "Order {number} is due at {due}: {step}. If it stays late it will be cancelled.",
        ),
    ),
    T.ORDER_CANCELLED_LATE: Kind(
        Audience.SELLER,
        Text(
            "Đơn hàng bị hủy vì trễ hạn",
            "Đơn hàng {number} đã bị hủy vì cửa hàng không xử lý kịp. {reason}",
        ),
        Text(
            "Order cancelled, as it was late",
            "Order {number} has been cancelled, as it stayed late. {reason}",
        ),
    ),
}
