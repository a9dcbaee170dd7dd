"""Refusals of the stock."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from marketplace.common.errors import DomainError, Kind


class OutOfStock(DomainError):
    """Fewer units are free than asked for; `details` name each variant and what is available."""

    code = "out_of_stock"
    message = "Some of the goods are not available in this quantity."

    def __init__(self, available: Mapping[UUID, int], *, field: str = "quantity") -> None:
        super().__init__(
            details=[
                {
                    "field": field,
                    "code": self.code,
                    "message": f"Only {units} left." if units else "Sold out.",
                    "variant_id": str(variant_id),
                    "available": units,
                }
                for variant_id, units in available.items()
            ]
        )


class StockIsReserved(DomainError):
    """The shelf cannot hold fewer units than are promised to orders."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code = "stock_is_reserved"

    def __init__(self, reserved: int) -> None:
        message = f"{reserved} units are promised to orders: at least {reserved} must stay on hand."
        row = {"field": "on_hand", "code": self.code, "message": message, "reserved": reserved}
        super().__init__(message, details=[row])
