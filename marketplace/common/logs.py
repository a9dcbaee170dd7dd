"""Log lines that say which request or task they are of, and no secrets."""

import logging
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty

from marketplace.common.masking import mask, secrets_of
from marketplace.common.work import work

UNROUTED: Final = "unrouted"

request_id: ContextVar[str] = ContextVar("request_id", default="-")
request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@dataclass(frozen=True, slots=True)
class RunningTask:
    """A task, what its thread had done when it began, and the one that it interrupts."""

    name: str
    id: str
    started: float = 0.0
    work: tuple[int, float] = (0, 0.0)
    outer: "RunningTask | None" = None


task: ContextVar[RunningTask | None] = ContextVar("task", default=None)


def route_of(request: HttpRequest) -> str:
    """Return the name of the URL pattern, or itself; paths hold ids, and are endless in number."""
    match = request.resolver_match
    if match is None:
        return UNROUTED
    return match.view_name if match.url_name else match.route


def user_id_of(request: HttpRequest) -> str | None:
    """Return who asks, if that is known already: finding out would cost a statement."""
    user = request.__dict__.get("user")
    if isinstance(user, LazyObject) and user.__dict__["_wrapped"] is empty:
        return None
    pk = getattr(user, "pk", None)
    return str(pk) if pk is not None else None


def context() -> dict[str, Any]:
    """Return what is known of the request or the task being served."""
    found: dict[str, Any] = {"request_id": request_id.get()}
    if (running := task.get()) is not None:
        found |= {"task": running.name, "task_id": running.id}
    elif (served := request.get()) is not None:
        found |= {"route": route_of(served), "method": served.method}
        if user_id := user_id_of(served):
            found["user_id"] = user_id
    return found


def database_work() -> tuple[int, float]:
    """Return how many statements this thread has sent, and how long it has waited for them."""
    return work.statements, work.seconds


class RequestIdFilter(logging.Filter):
    """Put the id of the request being served on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class LineFormatter(logging.Formatter):
    """One event, one line: a line break inside a message cannot forge another entry."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record), secrets_of(request.get()))

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")


class JsonFormatter(logging.Formatter):
    """One event, one JSON object; `fields` of a record are fields of the object."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
        }
        fields = getattr(record, "fields", None)
        if fields is not None:
            # Names and numbers of our own making: see `marketplace.common.api.middleware`.
            return orjson.dumps({**entry, "message": record.getMessage(), **fields}).decode()
        secrets = secrets_of(request.get())
        entry |= {"message": mask(record.getMessage(), secrets), **context()}
        if record.exc_info:
            entry["exception"] = mask(self.formatException(record.exc_info), secrets)
        if record.stack_info:
            entry["stack"] = mask(self.formatStack(record.stack_info), secrets)
        return orjson.dumps(entry, default=str).decode("utf-8")
