"""What may be uploaded as an image, and what is left of it."""

import io
import re
import struct
import subprocess
import sys
import zlib
from contextlib import suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from marketplace.common.errors import InvalidInput
from marketplace.common.images import MAX_FILE_BYTES, clean_image
from marketplace.common.testing import image_bytes, image_upload


def refusal(content: bytes, name: str = "photo.png") -> str:
    """The code of the refusal of these bytes."""
    with pytest.raises(InvalidInput) as caught:
        clean_image(SimpleUploadedFile(name, content), field="logo")
    assert [row["field"] for row in caught.value.details] == ["logo"]
    return str(caught.value.details[0]["code"])


def png(width: int, height: int, idat: bytes) -> bytes:
    """A PNG of 8-bit greys whose header says what it likes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", idat) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("encoding", "extension"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")]
)
def test_image_is_kept_in_its_format_under_a_random_name(encoding, extension):
    first = clean_image(image_upload(encoding, name="../../etc/Nhà tôi.svg"))
    second = clean_image(image_upload(encoding))

    assert re.fullmatch(rf"[0-9a-f]{{32}}\.{extension}", first.name)
    assert first.name != second.name
    assert (first.width, first.height) == (40, 30)
    with Image.open(first) as stored:
        assert stored.format == encoding
        assert stored.size == (40, 30)


def test_image_is_scaled_down_to_the_side_that_is_stored():
    image = clean_image(image_upload("JPEG", size=(3000, 1000)), max_side=600)

    assert (image.width, image.height) == (600, 200)


def test_small_image_is_not_scaled_up():
    assert clean_image(image_upload(size=(10, 4))).width == 10


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
def test_metadata_is_dropped_and_orientation_applied(encoding):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825).update({1: "N", 2: (21.0, 1.0, 42.0), 3: "E", 4: (105.0, 51.0, 8.0)})
    content = image_bytes(encoding, (40, 30), exif=exif.tobytes())
    assert b"SECRET-DESCRIPTION" in content

    image = clean_image(image_upload(encoding, content=content))

    stored = image.read()
    assert (image.width, image.height) == (30, 40)
    assert b"SECRET" not in stored
    with Image.open(io.BytesIO(stored)) as reopened:
        assert not reopened.getexif()
        assert (
            not set(reopened.info)
            - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            - {
                "progressive",
                "progression",
                "loop",
                "background",
                "timestamp",
                "duration",
            }
        )


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
def test_polyglot_keeps_none_of_its_second_half(encoding):
    marker = b"<?php system($_GET[0]); ?><script>alert(1)</script>PK\x03\x04"

    image = clean_image(image_upload(encoding, content=image_bytes(encoding) + marker))

    stored = image.read()
    assert not any(part in stored for part in (b"<?php", b"<script", b"PK\x03\x04"))


def test_comment_inside_a_jpeg_is_dropped():
    content = image_bytes("JPEG", comment=b"<script>alert(1)</script>")
    assert b"<script" in content

    assert b"<script" not in clean_image(image_upload(content=content)).read()


def test_text_inside_a_png_is_dropped():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    content = image_bytes("PNG", pnginfo=info)
    assert b"<script" in content

    assert b"<script" not in clean_image(image_upload(content=content)).read()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "logo.svg"),
        (b"<html><script>alert(1)</script></html>", "logo.png"),
        (b"PK\x03\x04 not an image", "a.png%00.php"),
        (b"\x89PNG\r\n\x1a\n", "header-only.png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X" + b"\x00" * 14, "empty.webp"),
        (image_bytes("GIF"), "photo.png"),
        (image_bytes("TIFF"), "photo.jpg"),
        (image_bytes("BMP"), "photo.jpg"),
        (image_bytes("ICO"), "photo.png"),
    ],
    ids=["svg", "html", "zip", "png header", "webp header", "gif", "tiff", "bmp", "ico"],
)
def test_what_is_no_jpeg_png_or_webp_is_refused_whatever_its_name(content, name):
    assert refusal(content, name) == "invalid_image"


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
def test_truncated_image_is_refused(encoding):
    noise = Image.effect_noise((200, 200), 60)
    buffer = io.BytesIO()
    noise.save(buffer, encoding)
    content = buffer.getvalue()

    assert refusal(content[: len(content) // 2]) == "invalid_image"


@pytest.mark.parametrize("side", [8_001, 9_000, 14_000, 2**31 - 1])
def test_png_bomb_is_refused_before_it_is_decoded(side):
    # No pixel data at all: decoding it would be "invalid_image".
    assert refusal(png(side, side, b"")) == "image_too_large"


def test_real_png_bomb_is_refused():
    pixels = zlib.compress(bytes(9_000 * 9_001))
    assert len(pixels) < 100_000

    assert refusal(png(9_000, 9_000, pixels)) == "image_too_large"


def test_more_than_25_megapixels_within_the_sides_are_refused():
    assert refusal(png(5_001, 5_000, b"")) == "image_too_large"


def test_jpeg_of_65_thousand_pixels_a_side_is_refused():
    content = bytearray(image_bytes("JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 65_500, 65_500)

    assert refusal(bytes(content)) == "image_too_large"


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_webp_bomb_is_refused_by_its_header(kind):
    body = {
        b"VP8X": b"\x00" * 4 + (16_382).to_bytes(3, "little") * 2,
        b"VP8L": b"\x2f" + (0x3FFF | 0x3FFF << 14).to_bytes(4, "little") + b"\x00" * 5,
        b"VP8 ": b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 16_383, 16_383),
    }[kind]
    chunk = kind + struct.pack("<I", len(body)) + body
    content = b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk

    assert refusal(content) == "image_too_large"


@pytest.mark.parametrize("encoding", ["PNG", "WEBP"])
def test_animation_is_refused(encoding):
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in range(0, 250, 50)]
    buffer = io.BytesIO()
    frames[0].save(buffer, encoding, save_all=True, append_images=frames[1:])

    assert refusal(buffer.getvalue()) == "animated"


def test_compressed_text_bomb_in_a_png_is_refused():
    text = b"Comment\x00\x00" + zlib.compress(bytes(50_000_000))
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + text))
    content = image_bytes("PNG")

    assert refusal(content[:33] + chunk + content[33:]) == "invalid_image"


def test_file_beyond_10_mib_is_refused():
    assert refusal(image_bytes() + bytes(MAX_FILE_BYTES)) == "file_too_large"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_accepted(mode):
    encoding = "JPEG" if mode == "CMYK" else "PNG"
    content = image_bytes(encoding, mode=mode, colour=None)

    assert clean_image(image_upload(content=content)).width == 40


def test_greys_of_16_bits_stay_grey():
    content = image_bytes("PNG", mode="I;16", colour=0x8000)

    with Image.open(clean_image(image_upload(content=content))) as stored:
        assert stored.getpixel((0, 0)) == (0x80, 0x80, 0x80)


def test_transparency_survives():
    content = image_bytes("PNG", mode="RGBA", colour=(10, 20, 30, 0))

    with Image.open(clean_image(image_upload(content=content))) as stored:
        assert stored.getpixel((0, 0))[3] == 0


def test_mutilated_images_give_refusals_and_nothing_else():
    for encoding in ("JPEG", "PNG", "WEBP"):
        content = image_bytes(encoding)
        for at in range(0, len(content), max(1, len(content) // 60)):
            broken = content[:at] + b"\xff\x00\x7f" + content[at + 3 :]
            with suppress(InvalidInput):
                clean_image(SimpleUploadedFile("a.png", broken))


_MEASURE = """
import sys
from pathlib import Path
import django_stubs_ext
django_stubs_ext.monkeypatch()
from django.core.files.base import ContentFile
from marketplace.common.images import clean_image

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024

before = peak()
clean_image(ContentFile(Path(sys.argv[1]).read_bytes()))
print(peak() - before)
"""


@pytest.mark.parametrize(
    ("encoding", "mode", "size", "options"),
    [
        ("JPEG", "RGB", (6000, 4000), {"progressive": True}),
        ("PNG", "RGBA", (6000, 4000), {"compress_level": 1}),
        ("PNG", "LA", (6000, 4000), {"compress_level": 1}),
        ("WEBP", "RGB", (4000, 3000), {"method": 0}),
    ],
    ids=["jpeg", "png", "grey png", "webp"],
)
def test_largest_images_take_bounded_memory(encoding, mode, size, options, tmp_path):
    path = tmp_path / "image"
    path.write_bytes(image_bytes(encoding, size, mode=mode, colour=None, **options))

    # In a process of its own, as a peak never falls again.
    answer = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)], capture_output=True, check=True, text=True
    )

    assert int(answer.stdout) < 260
