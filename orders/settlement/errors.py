"""Refusals of settlement."""

from marketplace.common.errors import DomainError, Forbidden, Kind


class AnotherPersonNeeded(Forbidden):
    """Money leaves only by the hands of several people."""

    code = "second_person_needed"
    message = "Another person than those who drafted or approved it has to do this."


class NothingToPayOut(DomainError):
    code = "nothing_to_pay_out"
    message = "This shop has nothing to be paid out."


class NoBankAccount(DomainError):
    code = "no_bank_account"
    message = "This shop has not given its bank account."


class UnusableFile(DomainError):
    kind = Kind.INVALID
    code = "unusable_file"
    message = "The file cannot be used."
