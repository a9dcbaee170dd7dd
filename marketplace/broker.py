"""Celery's Redis transport, with the one repair that lets a worker outlive an outage of Redis."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Channel as RedisChannel
from kombu.transport.redis import Transport as RedisTransport


class Channel(RedisChannel):
    """Says so when its connection is gone.

    A task that ends after the connection was lost is acknowledged, or given back, over a channel
    whose connection has been taken apart. Kombu trips over that with an AttributeError, which no
    caller expects and which ends the worker; a lost connection is what all of them recover from.
    """

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection.client is None:
            raise ConnectionError("The connection to the broker has been closed.")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]


class Transport(RedisTransport):
    Channel = Channel


def install() -> None:
    """Make every `redis://` broker of this process use it."""
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "marketplace.broker:Transport"
