"""Which handlers an event has. Apps register theirs in `handlers`, imported by `ready()`."""

from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from marketplace.common.outbox.events import Event

E = TypeVar("E", bound=Event)

# The stored event that is being handled: two equal facts, such as a delivery that fails twice, are
# two events, and this tells them apart.
handled_event_id: ContextVar[UUID] = ContextVar("handled_event_id")


@dataclass(frozen=True)
class Handler:
    """One reaction; an external one talks to the outside world, outside any transaction."""

    name: str
    event_class: type[Event]
    function: Callable[[Any], None]
    is_external: bool


_handlers: dict[str, list[Handler]] = defaultdict(list)


def handles(
    event_class: type[E], *, external: bool = False
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a function as a handler of an event.

    A plain handler runs in one transaction with the mark that it has run: exactly once. An
    `external` one runs outside any transaction, at least once: it must be idempotent.
    """

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        name = _name(function)
        _handlers[event_class.topic].append(Handler(name, event_class, function, external))
        return function

    return register


def _name(function: Callable[..., None]) -> str:
    """Return what stands with events that it has handled: the same wherever in `handlers` it is.

    Otherwise those that were half done when a release moved it would be handled once more.
    """
    module = function.__module__ or ""  # a builtin's method is of none
    app, found, _ = module.partition(".handlers")
    return f"{app}{found}.{function.__qualname__}"


def is_known(topic: str) -> bool:
    """Tell whether this release has an event of the topic, handled or not."""
    waiting = Event.__subclasses__()
    while waiting:
        event_class = waiting.pop()
        if getattr(event_class, "topic", None) == topic:
            return True
        waiting.extend(event_class.__subclasses__())
    return False


def handlers_of(topic: str) -> list[Handler]:
    """Return the handlers of a topic in the order of their registration."""
    return list(_handlers[topic])
