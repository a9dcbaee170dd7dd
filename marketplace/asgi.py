"""The realtime process: everything that needs an open connection. REST is `marketplace.wsgi`'s."""

import django

from marketplace.environment import prepare

prepare()
django.setup()

from marketplace.realtime.http import PlainHttp, Receive, Scope, Send, refuse  # noqa: E402
from notifications.api.consumers import NotificationConsumer  # noqa: E402 - needs the apps

websockets = {"/ws/notifications": NotificationConsumer.as_asgi()}
plain_http = PlainHttp(frozenset(websockets))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await plain_http(scope, receive, send)
    elif scope["type"] == "websocket":
        consumer = websockets.get(scope["path"])
        if consumer is None:
            await refuse(send, 404, "not_found", "There is no such WebSocket.")
        else:
            await consumer(scope, receive, send)
    else:
        # A server that is told this goes on without lifespan events.
        raise ValueError(f"{scope['type']} is not served here")
