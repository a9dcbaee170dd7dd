"""Serve WebSockets: uvicorn as this process needs it, so that every way to start it is the same."""

import argparse
import os
import resource
from typing import Final

import uvicorn
from django.conf import settings

from marketplace.environment import prepare
from marketplace.realtime.protocol import WebSocketProtocol

# The largest message is one with an access token, of some 400 bytes.
MAX_MESSAGE_BYTES: Final = 8192


def main() -> None:
    prepare()
    parser = argparse.ArgumentParser(prog="python -m marketplace.realtime", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("REALTIME_PORT") or 8001))
    options = parser.parse_args()
    # An open connection is an open file, and 1,024 is what a process usually starts with.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvicorn.run(
        "marketplace.asgi:application",
        host=options.host,
        port=options.port,
        lifespan="off",
        interface="asgi3",
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=settings.LIVE_PING_SECONDS,
        ws_ping_timeout=settings.LIVE_PING_SECONDS,
        # Messages are short, and a compressor costs each connection more than all the rest.
        ws_per_message_deflate=False,
        # The settings' own logging; a line for each connection says nothing.
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
