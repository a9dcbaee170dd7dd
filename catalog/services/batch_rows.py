"""What rows of a file say of products and variants, and what came of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.common.errors import DomainError


@dataclass(frozen=True)
class VariantRow:
    """What one row says of a variant; what it leaves out stays as it is.

    `changes` are columns of ProductVariant; `attributes` are added to those it has.
    """

    number: int
    sku: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    stock: int | None = None


@dataclass(frozen=True)
class ProductRows:
    """What the rows of one product say; `key` is its slug, its title, or any name of its own."""

    key: str
    rows: Sequence[VariantRow]
    changes: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    on_sale: bool | None = None


@dataclass(frozen=True)
class RowError:
    """Why a row cannot be applied; `column` is the file's, empty for the row as a whole."""

    number: int
    column: str
    code: str
    message: str


@dataclass
class BatchResult:
    """How many rows did what, and what was wrong with the others."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


class Refused(Exception):
    """One product of the batch cannot be applied."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__()
        self.errors = errors


def refuse(rows: Iterable[VariantRow], column: str, error: DomainError) -> Refused:
    return Refused([error_of(row, column, error) for row in rows])


def error_of(row: VariantRow, column: str, error: DomainError) -> RowError:
    code = str(error.details[0]["code"]) if error.details else error.code
    return RowError(row.number, column, code, str(error))
