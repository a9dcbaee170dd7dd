"""One-time codes as people get them, in their language."""

from typing import Final

from accounts.constants import OTP_TTL_SECONDS, Channel, CodePurpose, Language
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


def send_code_message(*, channel: str, to: str, language: str, purpose: str, digits: str) -> None:
    """Send a one-time code: what it is for, and how long it lives."""
    key = (purpose, _language(language))
    text = _CODE_TEXTS[key].format(code=digits, minutes=_MINUTES)
    _send(channel, to, _CODE_SUBJECTS[key], text)


def _language(language: str) -> str:
    return language if language in Language else Language.ENGLISH


def _send(channel: str, to: str, subject: str, text: str) -> None:
    if channel == Channel.EMAIL:
        messaging.send_email(to=to, subject=subject, body=text)
    else:
        messaging.send_sms(to=to, body=text)
