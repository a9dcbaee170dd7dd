"""Whose changes are being made now, and how PostgreSQL learns of it.

A request or command says it with `begin` or `acting`. The first write of each transaction then
tells PostgreSQL by one statement, and the triggers write the entries: no service can forget to, and
bulk updates and raw SQL are seen too. For buyers and jobs nobody acts, and it costs no statement.
"""

import getpass
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.http import HttpRequest

from marketplace.common import logs
from marketplace.common.api.network import client_ip
from marketplace.common.audit.constants import SETTING, ActorKind

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_WRITE = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH\b.*\b(?:INSERT INTO|UPDATE|DELETE FROM)) ",
    re.IGNORECASE | re.DOTALL,
)
_TELL = f"SELECT set_config('{SETTING}', %s, true)"
_ACTION = re.compile(r"[a-z_]{1,60}", re.ASCII)


@dataclass(frozen=True, eq=False)
class Context:
    """Who acts, and from where."""

    actor_id: UUID | None
    actor_kind: ActorKind
    via: str
    ip_address: str = ""
    request_id: str = ""

    def __str__(self) -> str:
        return orjson.dumps(asdict(self)).decode()


_current: ContextVar[Context | None] = ContextVar("audit", default=None)


@dataclass(frozen=True)
class Origin:
    """The call or page, and the network address it came from."""

    via: str
    ip_address: str


def origin_of(request: HttpRequest, *notes: str) -> Origin:
    via = " ".join(filter(None, (request.method, request.path, *notes)))
    return Origin(via=via[:300], ip_address=client_ip(request))


def current() -> Context | None:
    return _current.get()


def begin(
    request: HttpRequest, actor_id: UUID | None, actor_kind: ActorKind, *, note: str = ""
) -> Context | None:
    """Have what the request changes from now on written down; reads are not.

    The middleware ends it with the request.
    """
    if request.method in SAFE_METHODS:
        return None
    # The action that was chosen in a list of the console: the address alone does not tell.
    action = request.POST.get("action", "") if request.path.startswith("/admin/") else ""
    origin = origin_of(request, action if _ACTION.fullmatch(action) else "", note)
    context = Context(
        actor_id, actor_kind, origin.via, origin.ip_address, request_id=logs.request_id.get()
    )
    _begin(context)
    return context


def end() -> None:
    """Write nothing more down."""
    _current.set(None)
    wrappers = connection.execute_wrappers
    if _telling in wrappers:
        wrappers.remove(_telling)
    if _told() is not None and connection.in_atomic_block and not connection.needs_rollback:
        # The rest of the transaction is somebody else's.
        _tell(None)


@contextmanager
def acting(actor_id: UUID | None, actor_kind: ActorKind, *, via: str) -> Iterator[None]:
    """Have what a job or command changes written down as this actor's."""
    before = current()
    _begin(Context(actor_id, actor_kind, via, request_id=logs.request_id.get()))
    try:
        yield
    finally:
        end()
        if before is not None:
            _begin(before)


def operator(command: str) -> str:
    """Say by which command, and whose login on which machine."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        login = str(os.getuid())
    return f"command {command} by {login}@{socket.gethostname()}"[:300]


def _begin(context: Context) -> None:
    _current.set(context)
    if _telling not in connection.execute_wrappers:
        connection.execute_wrappers.append(_telling)


def _told() -> object | None:
    return getattr(connection, "audit_told", None)


def _telling(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    acts = _current.get()
    if acts is None or _told() is acts or not _WRITE.match(str(sql)):
        return execute(sql, params, many, context)
    if not connection.in_atomic_block:
        with transaction.atomic():
            _tell(acts)
            return execute(sql, params, many, context)
    _tell(acts)
    return execute(sql, params, many, context)


def _tell(acts: Context | None) -> None:
    """Tell it for this transaction alone: a pooled connection must not carry it to others."""
    with connection.cursor() as cursor:
        cursor.execute(_TELL, ["" if acts is None else str(acts)])
    connection.audit_told = acts  # type: ignore[attr-defined]
