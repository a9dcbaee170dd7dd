"""Many clients at one moment: connections that are open already, and requests that are all sent."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

OPENING_AT_ONCE = 50


@dataclass(frozen=True)
class Answer:
    """One answer; seconds count from the moment at which all requests were let go. 0: none came."""

    status: int
    body: bytes
    sent_at: float
    answered_at: float

    @property
    def seconds(self) -> float:
        return self.answered_at - self.sent_at

    @property
    def code(self) -> str:
        """The contract's code of a refusal, or an empty text."""
        try:
            return str(json.loads(self.body)["error"]["code"])
        except (ValueError, KeyError, TypeError):
            return ""


def request_bytes(address: str, method: str, path: str, token: str, body: Any, key: str) -> bytes:
    content = json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {urlsplit(address).netloc}",
        f"Authorization: Bearer {token}",
        f"Idempotency-Key: {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


def send_together(address: str, requests: Sequence[bytes], *, at_once: int = 0) -> list[Answer]:
    """Open a connection for each request, then send all of them, or `at_once` of them at a time."""
    return asyncio.run(_send_together(address, requests, at_once or len(requests)))


async def _send_together(address: str, requests: Sequence[bytes], at_once: int) -> list[Answer]:
    parts = urlsplit(address)
    opening, sending = asyncio.Semaphore(OPENING_AT_ONCE), asyncio.Semaphore(at_once)
    ready, released = asyncio.Semaphore(0), asyncio.Event()
    began = 0.0

    async def one(request: bytes) -> Answer:
        async with opening:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        ready.release()
        await released.wait()
        async with sending:
            sent_at = time.perf_counter() - began
            try:
                writer.write(request)
                answer = await reader.read()  # to the end: the server closes
            except OSError:
                answer = b""
            answered_at = time.perf_counter() - began
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        words = head.split(maxsplit=2)
        return Answer(int(words[1]) if len(words) > 1 else 0, body, sent_at, answered_at)

    tasks = [asyncio.create_task(one(request)) for request in requests]
    for _ in tasks:
        await ready.acquire()
    began = time.perf_counter()
    released.set()
    return await asyncio.gather(*tasks)
