"""What users are told, in their language; `{names}` are filled in by the handlers."""

from typing import Final

from notifications.constants import NotificationType as T

DEFAULT_LANGUAGE: Final = "vi"

# (title, body) by type and language.
TEXTS: Final[dict[str, dict[T, tuple[str, str]]]] = {
    "vi": {
        T.ORDER_PLACED: (
            "Đặt hàng thành công",
            "Đơn hàng {number} tại {shop} đã được đặt. Tổng cộng {total}.",
        ),
        T.ORDER_RECEIVED: (
            "Đơn hàng mới",
            "Bạn có đơn hàng mới {number}, tổng cộng {total}. Hãy xác nhận sớm.",
        ),
        T.ORDER_CONFIRMED: (
            "Đơn hàng đã được xác nhận",
            "{shop} đã xác nhận đơn hàng {number} và đang chuẩn bị hàng.",
        ),
        T.ORDER_PACKED: (
            "Đơn hàng đã được đóng gói",
            "Đơn hàng {number} đã được đóng gói và chờ giao cho đơn vị vận chuyển.",
        ),
        T.ORDER_SHIPPED: ("Đơn hàng đang được giao", "Đơn hàng {number} đang trên đường đến bạn."),
        T.ORDER_DELIVERED: (
            "Đơn hàng đã được giao",
            "Đơn hàng {number} đã được giao. Hãy xác nhận khi bạn đã nhận đủ hàng.",
        ),
        T.ORDER_DELIVERY_FAILED: (
            "Giao hàng không thành công",
            "Chưa giao được đơn hàng {number}. Đơn sẽ được giao lại hoặc hủy.",
        ),
        T.ORDER_COMPLETED: ("Đơn hàng đã hoàn tất", "Đơn hàng {number} đã hoàn tất."),
        T.ORDER_CANCELLED: ("Đơn hàng đã bị hủy", "Đơn hàng {number} đã bị hủy. {reason}"),
        T.SHOP_APPROVED: (
            "Cửa hàng đã được duyệt",
            "{shop} đã được duyệt. Bạn có thể bắt đầu bán hàng.",
        ),
        T.SHOP_REJECTED: (
            "Cửa hàng chưa được duyệt",
            "{shop} chưa được duyệt: {reason} Bạn có thể sửa và gửi lại.",
        ),
        T.SHOP_SUSPENDED: ("Cửa hàng bị tạm khóa", "{shop} đã bị tạm khóa: {reason}"),
        T.SHOP_REOPENED: ("Cửa hàng mở lại", "{shop} đã được mở lại."),
        T.SHOP_CLOSED: ("Cửa hàng đã đóng", "{shop} đã đóng. {reason}"),
        T.PRODUCT_APPROVED: ("Sản phẩm đã được duyệt", "“{product}” đang được bán."),
        T.PRODUCT_REJECTED: ("Sản phẩm chưa được duyệt", "“{product}” chưa được duyệt: {reason}"),
        T.PRODUCT_SUSPENDED: ("Sản phẩm bị gỡ", "“{product}” đã bị gỡ khỏi trang: {reason}"),
        T.STOCK_LOW: ("Sắp hết hàng", "Số lượng còn lại: {items}"),
    },
    "en": {
        T.ORDER_PLACED: (
            "Order placed",
            "Your order {number} from {shop} has been placed. The total is {total}.",
        ),
        T.ORDER_RECEIVED: (
            "New order",
            "You have a new order {number} of {total}. Please confirm it soon.",
        ),
        T.ORDER_CONFIRMED: (
            "Order confirmed",
            "{shop} has confirmed order {number} and is preparing it.",
        ),
        T.ORDER_PACKED: ("Order packed", "Order {number} is packed and waits for the carrier."),
        T.ORDER_SHIPPED: ("Order on its way", "Order {number} is on its way to you."),
        T.ORDER_DELIVERED: (
            "Order delivered",
            "Order {number} has been delivered. Please confirm that you received everything.",
        ),
        T.ORDER_DELIVERY_FAILED: (
            "Delivery failed",
            "Order {number} could not be delivered. It will be tried again or cancelled.",
        ),
        T.ORDER_COMPLETED: ("Order completed", "Order {number} is completed."),
        T.ORDER_CANCELLED: ("Order cancelled", "Order {number} has been cancelled. {reason}"),
        T.SHOP_APPROVED: ("Shop approved", "{shop} has been approved. You can start selling."),
        T.SHOP_REJECTED: (
            "Shop not approved",
            "{shop} was not approved: {reason} You can change it and apply again.",
        ),
        T.SHOP_SUSPENDED: ("Shop suspended", "{shop} has been suspended: {reason}"),
        T.SHOP_REOPENED: ("Shop reopened", "{shop} is open again."),
        T.SHOP_CLOSED: ("Shop closed", "{shop} is closed. {reason}"),
        T.PRODUCT_APPROVED: ("Product approved", "“{product}” is on sale."),
        T.PRODUCT_REJECTED: ("Product not approved", "“{product}” was not approved: {reason}"),
        T.PRODUCT_SUSPENDED: (
            "Product taken down",
            "“{product}” has been taken off the site: {reason}",
        ),
        T.STOCK_LOW: ("Stock is low", "Left to sell: {items}"),
    },
}


def render(kind: T, language: str, values: dict[str, str]) -> tuple[str, str]:
    """Return title and body in a language; one that is not there falls back to Vietnamese."""
    title, body = TEXTS.get(language, TEXTS[DEFAULT_LANGUAGE])[kind]
    return title, body.format(**values).strip()
