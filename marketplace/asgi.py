"""The realtime process: everything that needs an open connection. REST is `marketplace.wsgi`'s.

A sync view behind ASGI is many times slower than behind WSGI, so HTTP is here for completeness.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

from marketplace.environment import prepare

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

prepare()

# One application per kind of connection; a kind that is not here is refused.
protocols: dict[str, Any] = {"http": get_asgi_application()}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    protocol = protocols.get(scope["type"])
    if protocol is not None:
        await protocol(scope, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close"})  # before accepting: the client sees a plain 403
    else:
        # A server that is told this goes on without lifespan events.
        raise ValueError(f"{scope['type']} is not served here")
