"""Products, and what buyers wait for."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import LIVE_ONLY, Kind, Text

KINDS: Final[dict[T, Kind]] = {
    T.PRODUCT_APPROVED: Kind(
        Audience.SELLER,
        Text("Sản phẩm đã được duyệt", "“{product}” đang được bán."),
        Text("Product approved", "“{product}” is on sale."),
        channels=LIVE_ONLY,
        page="/seller/products/{product_id}",
    ),
    T.PRODUCT_REJECTED: Kind(
        Audience.SELLER,
        Text("Sản phẩm chưa được duyệt", "“{product}” chưa được duyệt: {reason}"),
        Text("Product not approved", "“{product}” was not approved: {reason}"),
        page="/seller/products/{product_id}",
    ),
    T.PRODUCT_SUSPENDED: Kind(
        Audience.SELLER,
        Text("Sản phẩm bị gỡ", "“{product}” đã bị gỡ khỏi trang: {reason}"),
        Text("Product taken down", "“{product}” has been taken off the site: {reason}"),
        page="/seller/products/{product_id}",
    ),
    T.PRODUCT_SUBMITTED: Kind(
        Audience.STAFF,
        Text("Sản phẩm chờ duyệt", "“{product}” của {shop} đang chờ duyệt."),
        Text("Product to review", "“{product}” of {shop} waits for approval."),
        channels=LIVE_ONLY,
        page="/admin/catalog/product/{product_id}/change/",
    ),
    T.STOCK_LOW: Kind(
        Audience.SELLER,
        Text("Sắp hết hàng", "Số lượng còn lại: {items}"),
        Text("Stock is low", "Left to sell: {items}"),
        page="/seller/products/{product_id}",
    ),
    T.BACK_IN_STOCK: Kind(
        Audience.BUYER,
        Text("Đã có hàng trở lại", "“{product}” đã có hàng trở lại, giá {price}."),
        Text("Back in stock", "“{product}” is back in stock at {price}."),
        page="/products/{product_slug}",
    ),
    T.PRICE_DROPPED: Kind(
        Audience.BUYER,
        Text("Đã giảm giá", "“{product}” nay chỉ còn {price}."),
        Text("Price dropped", "“{product}” now costs {price}."),
        page="/products/{product_slug}",
    ),
}
