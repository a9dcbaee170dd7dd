"""Events: facts that a transaction makes true and that other apps react to after its commit."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar, get_type_hints
from uuid import UUID

E = TypeVar("E", bound="Event")


@dataclass(frozen=True)
class Event:
    """Base of all events: frozen dataclasses of str, int, bool, UUID, tuple[UUID, ...] and None.

    `topic` is stable: it stands in stored rows. New fields need a default.
    """

    topic: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """Return the event as JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _plain(value) for name, value in values.items()}

    @classmethod
    def from_payload(cls: type[E], payload: dict[str, Any]) -> E:
        """Rebuild a stored event; fields that this version does not know are dropped."""
        hints = get_type_hints(cls)
        known = {field.name for field in fields(cls)}
        return cls(
            **{name: _typed(value, hints[name]) for name, value in payload.items() if name in known}
        )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


def _typed(value: Any, hint: Any) -> Any:
    if isinstance(value, list):
        return tuple(UUID(item) for item in value)
    if value is None or UUID not in (getattr(hint, "__args__", None) or (hint,)):
        return value
    return UUID(value)
