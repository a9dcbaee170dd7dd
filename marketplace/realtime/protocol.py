"""uvicorn's WebSocket protocol, but for clients that have silently gone."""

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

GRACE_SECONDS: Final = 2.0


class WebSocketProtocol(WebSocketsSansIOProtocol):
    def keepalive_timeout(self) -> None:
        """Close, and drop what a client that answers nothing has not taken.

        uvicorn would wait until all of it is sent, which is for ever.
        """
        super().keepalive_timeout()
        self.loop.call_later(GRACE_SECONDS, self.transport.abort)
