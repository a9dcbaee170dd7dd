"""Calls to other people's servers: bounded in time and size, without redirects.

Call it after the commit, never inside a transaction.
"""

import time
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests

from marketplace.common import metrics

CONNECT_TIMEOUT_SECONDS: Final = 3.0
MAX_ANSWER_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024


class CallFailed(Exception):
    """No usable answer: it may or may not have been done on the other side."""


def call_json(
    method: str,
    url: str,
    *,
    timeout_seconds: float,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    readable: Collection[int] = (),
) -> dict[str, Any]:
    """Send a request and return the JSON object that answers it.

    `readable` are the statuses of refusals whose body says why.
    Raises: CallFailed for no answer in time, any other status of 300 or more, an answer of over
    1 MiB or one that is no JSON object.
    """
    status, content = _call(
        method,
        url,
        json=body,
        params=params,
        headers=headers,
        timeout_seconds=timeout_seconds,
    )
    if status >= 300 and status not in readable:
        raise CallFailed(f"HTTP {status}")
    return _object(content)


def call_bytes(
    url: str,
    *,
    timeout_seconds: float,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Fetch a file. Raises: CallFailed, as above."""
    status, content = _call(
        "GET",
        url,
        params=params,
        headers=headers,
        timeout_seconds=timeout_seconds,
    )
    if status >= 300:
        raise CallFailed(f"HTTP {status}")
    return content


def _call(method: str, url: str, *, timeout_seconds: float, **options: Any) -> tuple[int, bytes]:
    host = urlsplit(url).hostname or ""
    started, outcome = time.perf_counter(), "failed"
    try:
        with requests.request(
            method,
            url,
            timeout=(min(CONNECT_TIMEOUT_SECONDS, timeout_seconds), timeout_seconds),
            allow_redirects=False,
            stream=True,
            **options,
        ) as response:
            content = _read(response)
            status: int = response.status_code
            if status < 500:
                outcome = "refused" if status >= 300 else "answered"
            return status, content
    except requests.RequestException as error:
        raise CallFailed(str(error)) from error
    finally:
        metrics.CALLS.add(host, outcome)
        metrics.CALL_SECONDS.observe(time.perf_counter() - started, host)


def _read(response: requests.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise CallFailed("The answer is too large")
    return bytes(content)


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise CallFailed("The answer is no JSON") from error
    if not isinstance(answer, dict):
        raise CallFailed("The answer is no JSON object")
    return answer
