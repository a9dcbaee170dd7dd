"""Shops and the people of their teams."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import EVERYWHERE, LIVE_ONLY, Kind, Text

KINDS: Final[dict[T, Kind]] = {
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
            "hãy kiểm tra trước khi bật lại. Tài khoản ngân hàng đã được gỡ: chủ mới cần nhập "
            "tài khoản để nhận tiền.",
        ),
        Text(
            "Shop handed over",
            "{person} is the new owner of {shop}. Its API keys have ended and its webhooks are "
            "switched off: look at them before you switch them on again. Its bank account was "
            "taken out: payouts wait until the new owner has entered one.",
        ),
        page="/seller",
    ),
}
