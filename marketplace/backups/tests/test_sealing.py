"""Sealed streams: nothing of them can be read with another key, or changed unnoticed."""

import io

import pytest

from marketplace.backups.archive import ArchiveWriter, read_entries
from marketplace.backups.errors import BackupError
from marketplace.backups.sealing import (
    FRAME_BYTES,
    HEADER_BYTES,
    LENGTH_BYTES,
    TAG_BYTES,
    Sealer,
    new_key,
    parse_key,
    unseal,
)

KEY = parse_key(new_key())
SEALED_FRAME = LENGTH_BYTES + FRAME_BYTES + TAG_BYTES


def seal(*pieces: bytes, key: bytes = KEY) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, key)
    for piece in pieces:
        sealer.write(piece)
    sealer.close()
    return file.getvalue()


def opened(sealed: bytes, key: bytes = KEY) -> bytes:
    return b"".join(unseal(io.BytesIO(sealed), key))


@pytest.mark.parametrize(
    "size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES]
)
def test_what_is_sealed_is_what_comes_out(size):
    content = bytes(index % 251 for index in range(size))

    sealed = seal(content[: size // 3], content[size // 3 :])

    assert opened(sealed) == content
    assert content[:32] not in sealed or size < 32
    assert seal(content) != seal(content)


def test_another_key_is_told_from_damage():
    sealed = seal(b"secret")

    with pytest.raises(BackupError, match="another BACKUP_KEY"):
        opened(sealed, parse_key(new_key()))


def test_every_flipped_bit_and_every_cut_is_found():
    sealed = seal(b"a short stream")
    damaged = [
        bytes(byte ^ (bit if index == place else 0) for index, byte in enumerate(sealed))
        for place in range(len(sealed))
        for bit in (1, 128)
    ]

    for wrong in (*damaged, *(sealed[:end] for end in range(len(sealed))), sealed + b"x"):
        with pytest.raises(BackupError):
            opened(wrong)


def test_frames_cannot_be_cut_off_swapped_or_brought_from_another_stream():
    sealed, other = (seal(bytes(FRAME_BYTES), bytes(FRAME_BYTES), b"end") for _ in range(2))
    first = sealed[HEADER_BYTES : HEADER_BYTES + SEALED_FRAME]
    second = sealed[HEADER_BYTES + SEALED_FRAME : HEADER_BYTES + 2 * SEALED_FRAME]
    rest = sealed[HEADER_BYTES + 2 * SEALED_FRAME :]
    foreign = other[HEADER_BYTES : HEADER_BYTES + SEALED_FRAME]
    header = sealed[:HEADER_BYTES]

    assert opened(header + first + second + rest) == bytes(2 * FRAME_BYTES) + b"end"
    for frames in (first, first + second, first + rest, second + first + rest, foreign + second):
        with pytest.raises(BackupError):
            opened(header + frames)


def test_nothing_damaged_is_handed_out_first():
    sealed = bytearray(seal(bytes(FRAME_BYTES), b"end"))
    sealed[-1] ^= 1
    pieces = unseal(io.BytesIO(bytes(sealed)), KEY)

    assert next(pieces) == bytes(FRAME_BYTES)
    with pytest.raises(BackupError, match="damaged or cut off at 1 MiB"):
        next(pieces)


@pytest.mark.parametrize("text", ["", "short", "A" * 43, "not/base64!" * 4])
def test_weak_keys_are_refused(text):
    with pytest.raises(BackupError, match="32 random bytes"):
        parse_key(text)


def test_entries_come_back_in_order_and_unread_ones_are_passed_over():
    written = bytearray()
    archive = ArchiveWriter(written.extend)
    archive.add({"kind": "about", "name": "Đà Nẵng"})
    archive.add({"kind": "database"}, [b"first", b"", b"second"])
    archive.add({"kind": "file"}, [b"third"])
    archive.close()
    pieces = [bytes(written[at : at + 3]) for at in range(0, len(written), 3)]

    entries = read_entries(pieces)

    assert next(entries)[0] == {"kind": "about", "name": "Đà Nẵng"}
    assert next(entries)[0] == {"kind": "database"}
    header, chunks = next(entries)
    assert (header, list(chunks)) == ({"kind": "file"}, [b"third"])
    assert list(entries) == []
    with pytest.raises(BackupError, match="too early"):
        list(read_entries(pieces[:-2]))
