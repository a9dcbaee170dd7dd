"""Streams that only the holder of a key can read, and that nobody can change unnoticed.

    header   MAGIC, the key's name (8 bytes), salt (32 bytes)
    frames   length (4 bytes), AES-256-GCM of up to FRAME_BYTES

Each stream has a key of its own, derived from the given one and the salt, so that a frame's nonce
is its number and whether it is the last: frames cannot be left out, swapped, cut off or moved to
another stream. At most two frames are in memory.
"""

import base64
import binascii
import secrets
from collections.abc import Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from marketplace.backups.errors import BackupError

MAGIC: Final = b"MARKETPLACE-BACKUP-1\n"
KEY_BYTES: Final = 32
KEY_NAME_BYTES: Final = 8
SALT_BYTES: Final = 32
FRAME_BYTES: Final = 1024 * 1024
TAG_BYTES: Final = 16
LENGTH_BYTES: Final = 4
HEADER_BYTES: Final = len(MAGIC) + KEY_NAME_BYTES + SALT_BYTES


def new_key() -> str:
    """Return a random key as BACKUP_KEY wants it."""
    return secrets.token_urlsafe(KEY_BYTES)


def parse_key(text: str) -> bytes:
    """Return the key that a text holds.

    Raises: BackupError.
    """
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise BackupError(
            "BACKUP_KEY must be 32 random bytes in base64, as `manage.py backup --new-key` prints "
            "them. Keep it apart from the backups: without it nobody can read them."
        )
    return key


class Sealer:
    """Writes a sealed stream; only `close` makes it a whole one."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        self._file = file
        self._header = MAGIC + _key_name(key) + salt
        self._cipher = AESGCM(_stream_key(key, salt))
        self._number = 0
        self._pending = bytearray()
        file.write(self._header)

    def write(self, data: bytes) -> None:
        self._pending += data
        # A full frame waits: whether it is the last is known only when more follows.
        while len(self._pending) > FRAME_BYTES:
            self._write_frame(bytes(self._pending[:FRAME_BYTES]), last=False)
            del self._pending[:FRAME_BYTES]

    def close(self) -> None:
        self._write_frame(bytes(self._pending), last=True)
        self._pending.clear()

    def _write_frame(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), data, self._header)
        self._file.write(len(sealed).to_bytes(LENGTH_BYTES))
        self._file.write(sealed)
        self._number += 1


def unseal(file: BinaryIO, key: bytes) -> Iterator[bytes]:
    """Return what was written to a Sealer, piece by piece, each as it was written.

    A piece is only handed out once it is known to be right; that the stream is whole is known at
    its end.
    Raises: BackupError.
    """
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise BackupError("this is not a backup of the marketplace, or its beginning is damaged")
    if header[len(MAGIC) : len(MAGIC) + KEY_NAME_BYTES] != _key_name(key):
        raise BackupError("it was made with another BACKUP_KEY (or its beginning is damaged)")
    cipher = AESGCM(_stream_key(key, header[-SALT_BYTES:]))
    number = 0
    length = file.read(LENGTH_BYTES)
    last = False
    while not last:
        size = int.from_bytes(length)
        sealed = file.read(size) if size <= FRAME_BYTES + TAG_BYTES else b""
        if len(sealed) < size:
            raise _damaged(number)
        length = file.read(LENGTH_BYTES)
        last = not length
        try:
            data = cipher.decrypt(_nonce(number, last=last), sealed, header)
        except InvalidTag:
            raise _damaged(number) from None
        yield data
        number += 1


def _damaged(number: int) -> BackupError:
    place = number * FRAME_BYTES // 2**20
    return BackupError(f"it is damaged or cut off at {place} MiB: use another one")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _key_name(key: bytes) -> bytes:
    """Tell keys apart without telling anything of them."""
    return _derive(key, None, b"marketplace backup key name", KEY_NAME_BYTES)


def _stream_key(key: bytes, salt: bytes) -> bytes:
    return _derive(key, salt, b"marketplace backup stream", KEY_BYTES)


def _derive(key: bytes, salt: bytes | None, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=purpose).derive(key)
