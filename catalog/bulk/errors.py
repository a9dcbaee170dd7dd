"""Refusals of imports."""

from marketplace.common.errors import DomainError


class TooManyImports(DomainError):
    code = "too_many_imports"

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} imports of a shop wait or run at a time.")


class ImportEnded(DomainError):
    """There is nothing left to cancel."""

    code = "import_ended"
    message = "The import has ended."


class BrokenFile(Exception):
    """The file as a whole cannot be read; the message is for whoever uploaded it."""
