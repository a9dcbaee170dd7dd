"""Refusals of the catalogue."""

from collections.abc import Iterable
from typing import Any

from marketplace.common.errors import DomainError


class NoActiveVariant(DomainError):
    """A product on sale needs something that can be bought."""

    code = "no_active_variant"
    message = "A published product needs at least one active variant."


class SkuTaken(DomainError):
    """Another variant of the shop has the sku; `details` name each one by its place in the body."""

    code = "sku_taken"
    message = "Another variant of your shop has this sku."

    def __init__(self, taken: Iterable[tuple[str, str]]) -> None:
        super().__init__(
            details=[
                _row(field, self.code, f"Another variant of your shop has the sku {sku}.")
                for field, sku in taken
            ]
        )


class TooManyVariants(DomainError):
    code = "too_many_variants"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A product has at most {limit} variants.")


class TooManyImages(DomainError):
    code = "too_many_images"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A product has at most {limit} images.")


class CategoryCycle(DomainError):
    code = "category_cycle"
    message = "A category cannot be moved into itself or below itself."


class CategoryTooDeep(DomainError):
    code = "category_too_deep"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The tree has at most {limit} levels.")


class SlugTaken(DomainError):
    code = "slug_taken"
    message = "This slug is in use."

    def __init__(self) -> None:
        super().__init__(details=[_row("slug", self.code, self.message)])


class StillInUse(DomainError):
    """A category with products or children, or a brand with products, cannot be archived."""

    code = "still_in_use"


def _row(field: str, code: str, message: str) -> dict[str, Any]:
    return {"field": field, "code": code, "message": message}
