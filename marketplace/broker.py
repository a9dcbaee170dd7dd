"""Celery's Redis transport, with what lets a worker outlive an outage of Redis and be back soon."""

from typing import Any, Final

from celery.app.amqp import AMQP as CeleryAMQP
from kombu import Connection as KombuConnection
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Channel as RedisChannel
from kombu.transport.redis import Transport as RedisTransport

# Of a worker and of beat, between two tries to reach the broker; kombu's pauses grow to 30.
MAX_PAUSE_SECONDS: Final = 5


class Connection(KombuConnection):
    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        return super().ensure_connection(*args, **{"interval_max": MAX_PAUSE_SECONDS, **kwargs})


class AMQP(CeleryAMQP):
    Connection = Connection


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
