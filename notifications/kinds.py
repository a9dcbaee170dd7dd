"""Every type of notification: whom it concerns, by which channels it goes, and what it says.

A new type is a line in `NotificationType`, an entry here, and a handler that tells somebody.
"""

from dataclasses import dataclass
from typing import Final

from accounts.constants import Language
from notifications.constants import MAX_SMS_LENGTH, MAX_TITLE_LENGTH, Audience
from notifications.constants import DeliveryChannel as Channel
from notifications.constants import NotificationType as T

DEFAULT_LANGUAGE: Final = Language.VIETNAMESE

EMAIL_AND_LIVE: Final = frozenset({Channel.EMAIL, Channel.LIVE})
LIVE_ONLY: Final = frozenset({Channel.LIVE})
EVERYWHERE: Final = frozenset(Channel)


@dataclass(frozen=True)
class Text:
    """What is said in one language; `{names}` are filled in by the handlers.

    `sms` names nothing that people choose, so that nobody can have us send their words.
    """

    title: str
    body: str
    sms: str = ""


@dataclass(frozen=True)
class Kind:
    """One type; `page` is its address in the shop front (the console's, for staff).

    `channels` are those that it goes by unless the user chose otherwise. Security messages go to
    the contact that certainly reaches the owner, at any hour, whatever the user chose.
    """

    audience: Audience
    vi: Text
    en: Text
    channels: frozenset[Channel] = EMAIL_AND_LIVE
    page: str = ""
    is_security: bool = False

    @property
    def allowed(self) -> frozenset[Channel]:
        """The channels that a user may choose from."""
        return EVERYWHERE if self.vi.sms else EMAIL_AND_LIVE

    def text(self, language: str) -> Text:
        """Return what it says; a language that is not there falls back to Vietnamese."""
        return self.en if language == Language.ENGLISH else self.vi


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
    T.SHOP_APPROVED: Kind(
        Audience.SELLER,
        Text(
            "Cửa hàng đã được duyệt",
            "{shop} đã được duyệt. Bạn có thể bắt đầu bán hàng.",
            "Cua hang cua ban da duoc duyet. Ban co the bat dau ban hang.",
        ),
        Text(
            "Shop approved",
            "{shop} has been approved. You can start selling.",
            "Your shop has been approved. You can start selling.",
        ),
        page="/seller",
    ),
    T.SHOP_REJECTED: Kind(
        Audience.SELLER,
        Text(
            "Cửa hàng chưa được duyệt",
            "{shop} chưa được duyệt: {reason} Bạn có thể sửa và gửi lại.",
        ),
        Text(
            "Shop not approved",
            "{shop} was not approved: {reason} You can change it and apply again.",
        ),
        page="/seller",
    ),
    T.SHOP_SUSPENDED: Kind(
        Audience.SELLER,
        Text(
            "Cửa hàng bị tạm khóa",
            "{shop} đã bị tạm khóa: {reason}",
            "Cua hang cua ban da bi tam khoa. Xem ly do trong ung dung.",
        ),
        Text(
            "Shop suspended",
            "{shop} has been suspended: {reason}",
            "Your shop has been suspended. The app says why.",
        ),
        channels=EVERYWHERE,
        page="/seller",
    ),
    T.SHOP_REOPENED: Kind(
        Audience.SELLER,
        Text("Cửa hàng mở lại", "{shop} đã được mở lại."),
        Text("Shop reopened", "{shop} is open again."),
        page="/seller",
    ),
    T.SHOP_CLOSED: Kind(
        Audience.SELLER,
        Text("Cửa hàng đã đóng", "{shop} đã đóng. {reason}"),
        Text("Shop closed", "{shop} is closed. {reason}"),
        page="/seller",
    ),
    T.SHOP_SUBMITTED: Kind(
        Audience.STAFF,
        Text("Cửa hàng chờ duyệt", "{shop} đang chờ duyệt."),
        Text("Shop to review", "{shop} waits for approval."),
        page="/admin/shops/shop/{shop_id}/change/",
    ),
    T.TEAM_INVITED: Kind(
        Audience.SELLER,
        Text(
            "Lời mời tham gia cửa hàng",
            "{shop} mời bạn tham gia. Hãy mở liên kết trong thư trước {until}.",
        ),
        Text(
            "Invitation to a shop's team",
            "{shop} invites you to its team. Open the link in the mail before {until}.",
        ),
        # The mail with the link goes to the mailbox, whoever reads it.
        channels=LIVE_ONLY,
    ),
    T.TEAM_JOINED: Kind(
        Audience.SELLER,
        Text("Thành viên mới", "{person} đã tham gia {shop}: {roles}."),
        Text("New team member", "{person} has joined {shop}: {roles}."),
        page="/seller/team",
    ),
    T.TEAM_ROLES_CHANGED: Kind(
        Audience.SELLER,
        Text("Vai trò của bạn đã thay đổi", "Vai trò của bạn tại {shop}: {roles}."),
        Text("Your roles have changed", "Your roles at {shop} are now: {roles}."),
        page="/seller",
    ),
    T.TEAM_LEFT: Kind(
        Audience.SELLER,
        Text("Thành viên rời cửa hàng", "{person} không còn làm việc cho {shop}."),
        Text("Team member gone", "{person} does not work for {shop} any more."),
    ),
    T.SHOP_HANDED_OVER: Kind(
        Audience.SELLER,
        Text(
            "Cửa hàng có chủ mới",
            "{person} là chủ mới của {shop}. Mọi khóa API đã bị thu hồi và webhook đã tắt: "
            "hãy kiểm tra trước khi bật lại.",
        ),
        Text(
            "Shop handed over",
            "{person} is the new owner of {shop}. Its API keys have ended and its webhooks are "
            "switched off: look at them before you switch them on again.",
        ),
        page="/seller",
    ),
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
    T.WELCOME: Kind(
        Audience.ACCOUNT,
        Text("Chào mừng bạn", "Tài khoản của bạn đã sẵn sàng. Chúc bạn mua sắm vui vẻ!"),
        Text("Welcome", "Your account is ready. Enjoy your shopping!"),
        page="/",
    ),
    T.PASSWORD_CHANGED: Kind(
        Audience.ACCOUNT,
        Text(
            "Mật khẩu đã thay đổi",
            "Mật khẩu tài khoản của bạn vừa được thay đổi. Nếu không phải bạn, hãy đặt lại mật"
            " khẩu ngay.",
            "Mat khau cua ban vua duoc thay doi. Neu khong phai ban, hay dat lai mat khau ngay.",
        ),
        Text(
            "Your password was changed",
            "The password of your account was just changed. If it was not you, set a new one now.",
            "Your password was just changed. If it was not you, set a new one now.",
        ),
        channels=EVERYWHERE,
        is_security=True,
    ),
    T.SIGN_IN_ENDED: Kind(
        Audience.ACCOUNT,
        Text(
            "Một phiên đăng nhập đã bị kết thúc",
            "Một phiên đăng nhập của bạn đã bị kết thúc vì có dấu hiệu bị đánh cắp. Nếu không phải"
            " bạn, hãy đổi mật khẩu.",
            "Mot phien dang nhap cua ban da bi ket thuc vi co dau hieu bi danh cap. Hay doi mat"
            " khau.",
        ),
        Text(
            "A sign-in was ended",
            "One of your sign-ins was ended because it may have been stolen. If you do not know"
            " why, change your password.",
            "One of your sign-ins was ended because it may have been stolen. Change your password.",
        ),
        channels=EVERYWHERE,
        is_security=True,
    ),
    T.CONTACT_CHANGED: Kind(
        Audience.ACCOUNT,
        Text(
            "Thông tin liên hệ đã thay đổi",
            "Một thông tin liên hệ vừa được gỡ khỏi tài khoản của bạn. Nếu không phải bạn, hãy"
            " liên hệ bộ phận hỗ trợ.",
            "So nay vua duoc go khoi tai khoan. Neu khong phai ban, hay lien he ho tro.",
        ),
        Text(
            "Your contact was changed",
            "A contact was just removed from your account. If it was not you, ask support.",
            "This number was just removed from your account. If it was not you, ask support.",
        ),
        channels=EVERYWHERE,
        is_security=True,
    ),
    T.REGISTRATION_ATTEMPTED: Kind(
        Audience.ACCOUNT,
        Text(
            "Bạn đã có tài khoản",
            "Có người vừa đăng ký bằng thông tin liên hệ của bạn, nhưng bạn đã có tài khoản."
            " Nếu là bạn, hãy đăng nhập hoặc đặt lại mật khẩu.",
            "Ban da co tai khoan voi so nay. Hay dang nhap hoac dat lai mat khau.",
        ),
        Text(
            "You already have an account",
            "Somebody just tried to register with your contact, but you already have an account."
            " If it was you, sign in or set a new password.",
            "You already have an account with this number. Sign in or set a new password.",
        ),
        channels=EVERYWHERE,
        is_security=True,
    ),
    T.ACCOUNT_SUSPENDED: Kind(
        Audience.ACCOUNT,
        Text(
            "Tài khoản bị tạm khóa",
            "Tài khoản của bạn đã bị tạm khóa: {reason}",
            "Tai khoan cua ban da bi tam khoa. Hay lien he bo phan ho tro.",
        ),
        Text(
            "Account suspended",
            "Your account has been suspended: {reason}",
            "Your account has been suspended. Please ask support.",
        ),
        channels=EVERYWHERE,
        is_security=True,
    ),
    T.ACCOUNT_REINSTATED: Kind(
        Audience.ACCOUNT,
        Text(
            "Tài khoản được mở lại",
            "Tài khoản của bạn đã được mở lại. Bạn có thể đăng nhập như trước.",
            "Tai khoan cua ban da duoc mo lai.",
        ),
        Text(
            "Account reinstated",
            "Your account is open again. You can sign in as before.",
            "Your account is open again.",
        ),
        channels=EVERYWHERE,
        is_security=True,
    ),
    T.SMS_CAP_REACHED: Kind(
        Audience.STAFF,
        Text(
            "Đã chạm giới hạn SMS trong ngày",
            "Số SMS trong 24 giờ qua đã chạm giới hạn {limit}. Tin thông báo phải chờ.",
        ),
        Text(
            "Daily SMS cap reached",
            "The SMS of the last 24 hours have reached the cap of {limit}. Notifications wait.",
        ),
        page="/admin/notifications/delivery/",
    ),
    T.WEBHOOK_SWITCHED_OFF: Kind(
        Audience.SELLER,
        Text(
            "Webhook đã bị tắt",
            "{address} đã không nhận được gì trong nhiều ngày nên đã bị tắt. "
            "Hãy sửa lỗi, bật lại và gửi lại các tin bị thiếu.",
        ),
        Text(
            "Webhook switched off",
            "{address} took nothing for days and has been switched off. "
            "Repair it, switch it on again and replay what is missing.",
        ),
        page="/seller/webhooks",
    ),
}


def render(kind: T, language: str, values: dict[str, str]) -> Text:
    """Return title, body and SMS in a language, each on as many characters as its place has."""
    text = KINDS[kind].text(language)
    return Text(
        _one_line(text.title.format(**values))[:MAX_TITLE_LENGTH],
        text.body.format(**values).strip(),
        _one_line(text.sms.format(**values).replace("₫", "d"))[:MAX_SMS_LENGTH],
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
