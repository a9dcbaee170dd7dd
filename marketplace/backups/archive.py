"""Several entries in one stream, each with a header and content of unknown length.

entry    header (length in 4 bytes, JSON), chunks (length in 4 bytes, bytes), a length of 0
end      a length of 0
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from marketplace.backups.errors import BackupError

LENGTH_BYTES: Final = 4
CHUNK_BYTES: Final = 256 * 1024
END: Final = (0).to_bytes(LENGTH_BYTES)


class ArchiveWriter:
    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write

    def add(self, header: dict[str, Any], chunks: Iterable[bytes] = ()) -> None:
        self._part(json.dumps(header).encode())
        for chunk in chunks:
            if chunk:
                self._part(chunk)
        self._write(END)

    def close(self) -> None:
        self._write(END)

    def _part(self, data: bytes) -> None:
        self._write(len(data).to_bytes(LENGTH_BYTES))
        self._write(data)


def read_entries(pieces: Iterable[bytes]) -> Iterator[tuple[dict[str, Any], Iterator[bytes]]]:
    """Return each entry's header and content; what is not read of one is passed over.

    Raises: BackupError.
    """
    stream = _Stream(pieces)
    while header := stream.part():
        chunks = _until_end(stream)
        yield json.loads(header), chunks
        for _ in chunks:
            pass
    # To the last frame, which says that nothing was cut off.
    if stream.rest():
        raise BackupError("something follows its end: use another one")


def _until_end(stream: "_Stream") -> Iterator[bytes]:
    while chunk := stream.part():
        yield chunk


class _Stream:
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = bytearray()

    def part(self) -> bytes:
        return self._take(int.from_bytes(self._take(LENGTH_BYTES)))

    def rest(self) -> bool:
        return bool(self._held) or any(self._pieces)

    def _take(self, count: int) -> bytes:
        while len(self._held) < count:
            piece = next(self._pieces, None)
            if piece is None:
                raise BackupError("it ends too early: use another one")
            self._held += piece
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken
