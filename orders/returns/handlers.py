"""What follows from refunds, and what returns have to say when somebody leaves."""

from accounts import hooks as accounts_hooks
from marketplace.common.outbox.registry import handles
from orders.payments.events import RefundRejected, RefundSucceeded
from orders.returns.selectors import held_returns
from orders.returns.services.closing import refuse_open_returns, refuse_returns_to
from orders.returns.services.receiving import follow_refund
from shops import hooks as shops_hooks

accounts_hooks.closing_checks.append(refuse_open_returns)
accounts_hooks.export_sections["returns"] = held_returns
shops_hooks.closing_checks.append(refuse_returns_to)


@handles(RefundSucceeded)
def close_refunded_return(event: RefundSucceeded) -> None:
    follow_refund(event.refund_id)


@handles(RefundRejected)
def close_unrefunded_return(event: RefundRejected) -> None:
    follow_refund(event.refund_id)
