from marketplace.common.errors import DomainError


class InvoiceNotIssued(DomainError):
    """The goods have not arrived, so nothing has been invoiced."""

    code = "invoice_not_issued"
    message = "An invoice is issued when the order has been delivered."


class MonthNotOver(DomainError):
    """The books of the month are still being written."""

    code = "month_not_over"
    message = "A statement is issued when its month is over."
