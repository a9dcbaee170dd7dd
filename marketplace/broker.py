"""Celery's Redis transport, with what lets a worker outlive an outage of Redis and be back soon."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery.app.amqp import AMQP as CeleryAMQP
from kombu import Connection as KombuConnection
from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.transport.redis import Channel as RedisChannel
from kombu.transport.redis import QoS as RedisQoS
from kombu.transport.redis import Transport as RedisTransport

# Of a worker and of beat, between two tries to reach the broker; kombu's pauses grow to 30.
MAX_PAUSE_SECONDS: Final = 2


class Connection(KombuConnection):
    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        return super().ensure_connection(*args, **{"interval_max": MAX_PAUSE_SECONDS, **kwargs})


class AMQP(CeleryAMQP):
    Connection = Connection


class QoS(RedisQoS):
    """Has done with a message also when Redis could not be told so.

    Kombu would count it among those in work for ever. A worker takes no more of them than it has
    processes: a Redis that was silent for seconds left it idle until somebody started it again.
    Redis hands the message out once more after the visibility timeout, as after a kill.
    """

    def ack(self, delivery_tag: str) -> None:
        with self._done_with(delivery_tag):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        with self._done_with(delivery_tag):
            super().reject(delivery_tag, requeue=requeue)

    @contextmanager
    def _done_with(self, delivery_tag: str) -> Iterator[None]:
        try:
            yield
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(RedisChannel):
    """Says so when its connection is gone.

    A task that ends after the connection was lost is acknowledged, or given back, over a channel
    whose connection has been taken apart. Kombu trips over that with an AttributeError, which no
    caller expects and which ends the worker; a lost connection is what all of them recover from.
    """

    QoS = QoS

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection.client is None:
            raise ConnectionError("The connection to the broker has been closed.")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]


class Transport(RedisTransport):
    Channel = Channel


def install() -> None:
    """Make every `redis://` broker of this process use it."""
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "marketplace.broker:Transport"
