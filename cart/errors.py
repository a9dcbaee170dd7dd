"""Refusals of the cart."""

from marketplace.common.errors import DomainError


class CartVersionConflict(DomainError):
    """The cart has changed since the caller read it; `details` hold the present version."""

    code = "cart_version_conflict"
    message = "The cart has changed in the meantime. Read it again and repeat the change."

    def __init__(self, version: int) -> None:
        row = {
            "field": "expected_version",
            "code": self.code,
            "message": f"The cart is at version {version}.",
            "version": version,
        }
        super().__init__(details=[row])
