"""The codes that accounts send. External: outside any transaction, at least once.

What happens to an account is told by notifications, which listens to the same events.
"""

from accounts.codes import digits_of
from accounts.events import AccountClosed, CodeIssued
from accounts.messages import send_code_message
from accounts.models import OneTimeCode
from accounts.services.closing import forget_in_logs
from marketplace.common.outbox.registry import handles


@handles(CodeIssued, external=True)
def send_code(event: CodeIssued) -> None:
    """Send a code that still lives; one that expired or was replaced meanwhile stays unsent."""
    code = OneTimeCode.objects.live().select_related("user").filter(pk=event.code_id).first()
    if code is None:
        return
    send_code_message(
        channel=code.channel,
        to=code.destination,
        language=code.user.language,
        purpose=code.purpose,
        digits=digits_of(code),
    )


@handles(AccountClosed)
def forget_closed_account_in_logs(event: AccountClosed) -> None:
    forget_in_logs(event.user_id)
