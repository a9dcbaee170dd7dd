"""What a worker does when Redis is silent."""

import signal
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue
from kombu.exceptions import OperationalError

from marketplace.broker import install


@pytest.fixture
def messages(redis) -> Any:
    """Two messages, of which one at a time is given out."""
    install()
    queue = Queue("silence", Exchange("silence"), "silence")
    options = {"socket_timeout": 0.2, "max_retries": 0}
    with Connection(redis.url, transport_options=options) as connection:
        for number in range(2):
            connection.Producer().publish(number, routing_key="silence", declare=[queue])
        channel = connection.channel()
        channel.basic_qos(0, 1, False)
        yield queue(channel)


@pytest.mark.parametrize("word", ["ack", "reject", "requeue"])
def test_message_of_which_redis_could_not_be_told_keeps_no_place(redis, messages, word):
    message = messages.get()
    qos = messages.channel.qos
    qos.append(message, message.delivery_tag)
    assert not qos.can_consume()

    redis.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises((*messages.channel.connection_errors, OperationalError)):
            getattr(message, word)()
    finally:
        redis.process.send_signal(signal.SIGCONT)

    assert qos.can_consume()
