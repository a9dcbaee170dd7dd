"""What the realtime process answers to plain HTTP: it is alive, and REST is elsewhere."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from marketplace.common.ids import uuid7

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ELSEWHERE = "Only WebSockets are served here: /ws/notifications."
_UPGRADE = "This is a WebSocket: connect with ws:// or wss://."


async def answer(send: Send, status: int, body: dict[str, Any], *, kind: str = "http") -> None:
    """Send a JSON answer; `kind` is `websocket.http` in the place of accepting a WebSocket."""
    content = orjson.dumps(body)
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status == 426:
        headers += [(b"upgrade", b"websocket"), (b"connection", b"upgrade")]
    await send({"type": f"{kind}.response.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": content})


def error(code: str, message: str) -> dict[str, Any]:
    """Return an error in the shape of the API's."""
    return {"error": {"code": code, "message": message, "details": [], "request_id": str(uuid7())}}


async def refuse(send: Send, status: int, code: str, message: str) -> None:
    """Refuse a WebSocket before accepting it."""
    await answer(send, status, error(code, message), kind="websocket.http")


class PlainHttp:
    """`/health/live` for whoever watches the process; the rest is a refusal."""

    def __init__(self, websocket_paths: frozenset[str]) -> None:
        self._websocket_paths = websocket_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/health/live":
            await answer(send, 200, {"status": "ok"})
        elif path in self._websocket_paths:
            await answer(send, 426, error("upgrade_required", _UPGRADE))
        else:
            await answer(send, 404, error("not_found", _ELSEWHERE))
