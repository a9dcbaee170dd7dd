"""What accounts write to people, in their language. Never more than an SMS for an SMS."""

from typing import Final

from accounts.constants import OTP_TTL_SECONDS, Channel, CodePurpose, Language
from accounts.models import User
from marketplace.common import messaging

_MINUTES = OTP_TTL_SECONDS // 60

_CODE_TEXTS: Final[dict[tuple[str, str], str]] = {
    (CodePurpose.VERIFY, Language.VIETNAMESE): (
        "{code} là mã xác nhận tài khoản của bạn, có hiệu lực {minutes} phút."
        " Không chia sẻ mã này với bất kỳ ai."
    ),
    (CodePurpose.VERIFY, Language.ENGLISH): (
        "{code} is your code to confirm your account. It is good for {minutes} minutes."
        " Share it with nobody."
    ),
    (CodePurpose.RESET_PASSWORD, Language.VIETNAMESE): (
        "{code} là mã đặt lại mật khẩu, có hiệu lực {minutes} phút."
        " Nếu không phải bạn yêu cầu, hãy bỏ qua tin này."
    ),
    (CodePurpose.RESET_PASSWORD, Language.ENGLISH): (
        "{code} is your code to set a new password. It is good for {minutes} minutes."
        " If you did not ask for it, ignore this message."
    ),
    (CodePurpose.CHANGE_IDENTIFIER, Language.VIETNAMESE): (
        "{code} là mã để thêm địa chỉ liên hệ này vào tài khoản của bạn, có hiệu lực {minutes}"
        " phút. Nếu không phải bạn yêu cầu, hãy bỏ qua tin này."
    ),
    (CodePurpose.CHANGE_IDENTIFIER, Language.ENGLISH): (
        "{code} is your code to add this contact to your account. It is good for {minutes}"
        " minutes. If you did not ask for it, ignore this message."
    ),
}
_CODE_SUBJECTS: Final[dict[tuple[str, str], str]] = {
    (CodePurpose.VERIFY, Language.VIETNAMESE): "Xác nhận tài khoản",
    (CodePurpose.VERIFY, Language.ENGLISH): "Confirm your account",
    (CodePurpose.RESET_PASSWORD, Language.VIETNAMESE): "Đặt lại mật khẩu",
    (CodePurpose.RESET_PASSWORD, Language.ENGLISH): "Set a new password",
    (CodePurpose.CHANGE_IDENTIFIER, Language.VIETNAMESE): "Xác nhận địa chỉ liên hệ mới",
    (CodePurpose.CHANGE_IDENTIFIER, Language.ENGLISH): "Confirm your new contact",
}
# name: language: (subject, text)
_NOTICES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "taken": {
        Language.VIETNAMESE: (
            "Bạn đã có tài khoản",
            "Có người vừa đăng ký bằng thông tin liên hệ của bạn, nhưng bạn đã có tài khoản."
            " Nếu là bạn, hãy đăng nhập hoặc đặt lại mật khẩu.",
        ),
        Language.ENGLISH: (
            "You already have an account",
            "Somebody just tried to register with your contact, but you already have an account."
            " If it was you, sign in or set a new password.",
        ),
    },
    "password": {
        Language.VIETNAMESE: (
            "Mật khẩu đã thay đổi",
            "Mật khẩu tài khoản của bạn vừa được thay đổi. Nếu không phải bạn, hãy đặt lại mật"
            " khẩu ngay.",
        ),
        Language.ENGLISH: (
            "Your password was changed",
            "The password of your account was just changed. If it was not you, set a new one now.",
        ),
    },
    "reused": {
        Language.VIETNAMESE: (
            "Một phiên đăng nhập đã bị kết thúc",
            "Một phiên đăng nhập của bạn đã bị kết thúc vì có dấu hiệu bị đánh cắp. Nếu không phải"
            " bạn, hãy đổi mật khẩu.",
        ),
        Language.ENGLISH: (
            "A sign-in was ended",
            "One of your sign-ins was ended because it may have been stolen. If you do not know"
            " why, change your password.",
        ),
    },
    "contact": {
        Language.VIETNAMESE: (
            "Thông tin liên hệ đã thay đổi",
            "Thông tin liên hệ này vừa được gỡ khỏi tài khoản của bạn. Nếu không phải bạn, hãy liên"
            " hệ bộ phận hỗ trợ.",
        ),
        Language.ENGLISH: (
            "Your contact was changed",
            "This contact was just removed from your account. If it was not you, ask support.",
        ),
    },
}


def send_code_message(*, channel: str, to: str, language: str, purpose: str, digits: str) -> None:
    """Send a one-time code: what it is for, and how long it lives."""
    key = (purpose, _language(language))
    text = _CODE_TEXTS[key].format(code=digits, minutes=_MINUTES)
    _send(channel, to, _CODE_SUBJECTS[key], text)


def send_notice(name: str, *, channel: str, to: str, language: str) -> None:
    """Send one of the notices."""
    subject, text = _NOTICES[name][_language(language)]
    _send(channel, to, subject, text)


def best_contact(user: User) -> tuple[str, str] | None:
    """Return the channel and destination that certainly reach the owner; mail before SMS."""
    if user.email and user.email_verified_at:
        return Channel.EMAIL, user.email
    if user.phone_number and user.phone_verified_at:
        return Channel.SMS, user.phone_number
    return None


def _language(language: str) -> str:
    return language if language in Language else Language.ENGLISH


def _send(channel: str, to: str, subject: str, text: str) -> None:
    if channel == Channel.EMAIL:
        messaging.send_email(to=to, subject=subject, body=text)
    else:
        messaging.send_sms(to=to, body=text)
