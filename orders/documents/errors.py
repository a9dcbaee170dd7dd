from marketplace.common.errors import DomainError


class InvoiceNotIssued(DomainError):
    """The goods have not arrived, so nothing has been invoiced."""

    code = "invoice_not_issued"
    message = "An invoice is issued when the order has been delivered."
