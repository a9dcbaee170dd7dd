"""What the platform's own machinery has to say."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import Kind, Text

KINDS: Final[dict[T, Kind]] = {
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
