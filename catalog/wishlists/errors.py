"""Refusals of wishlists."""

from marketplace.common.errors import DomainError


class TooManyWishlists(DomainError):
    code = "too_many_wishlists"

    def __init__(self, limit: int) -> None:
        super().__init__(f"You have {limit} wishlists already.")


class WishlistFull(DomainError):
    code = "wishlist_full"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A wishlist holds at most {limit} items.")


class WishlistNameTaken(DomainError):
    code = "wishlist_name_taken"
    message = "Another wishlist of yours has this name."

    def __init__(self) -> None:
        super().__init__(details=[{"field": "name", "code": self.code, "message": self.message}])
