"""An answer as it is stored."""

import time
from dataclasses import dataclass
from typing import Final

import orjson

FRESH_SECONDS: Final = 20.0


@dataclass(slots=True)
class Answer:
    versions: list[str]
    # Unix time. After it the answer is made anew, and may be read until it has been.
    fresh_until: float
    etag: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def is_fresh(self) -> bool:
        return time.time() < self.fresh_until

    def pack(self) -> bytes:
        head = orjson.dumps([self.versions, self.fresh_until, self.etag, self.headers])
        return b"%08d%b%b" % (len(head), head, self.body)

    @classmethod
    def unpack(cls, data: bytes) -> "Answer":
        size = 8 + int(data[:8])
        versions, fresh_until, etag, headers = orjson.loads(data[8:size])
        pairs = [(name, value) for name, value in headers]
        return cls(versions, fresh_until, etag, pairs, data[size:])
