"""Events: facts that a transaction makes true and that other apps react to after its commit."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar, get_type_hints
from uuid import UUID

E = TypeVar("E", bound="Event")


@dataclass(frozen=True)
class Event:
    """Base of all events; subclasses are frozen dataclasses of str, int, bool, UUID and None.

    `topic` is stable: it stands in stored rows. New fields need a default.
    """

    topic: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """Return the event as JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {k: str(v) if isinstance(v, UUID) else v for k, v in values.items()}

    @classmethod
    def from_payload(cls: type[E], payload: dict[str, Any]) -> E:
        """Rebuild a stored event; fields that this version does not know are dropped."""
        hints = get_type_hints(cls)
        known = {field.name for field in fields(cls)}
        return cls(
            **{
                name: UUID(value) if value is not None and UUID in _types(hints[name]) else value
                for name, value in payload.items()
                if name in known
            }
        )


def _types(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__args__", None) or (hint,)
