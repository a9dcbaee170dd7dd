"""Accounts: security above all."""

from typing import Final

from notifications.constants import Audience
from notifications.constants import NotificationType as T
from notifications.kinds.kind import EVERYWHERE, Kind, Text

KINDS: Final[dict[T, Kind]] = {
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
}
