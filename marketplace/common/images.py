"""Images that people upload: judged by decoding, never by name, and always written anew."""

import io
import struct
import warnings
import zlib
from threading import BoundedSemaphore
from typing import Any, Final
from uuid import uuid4

from django.core.files.base import ContentFile, File
from PIL import Image, ImageOps

from marketplace.common.errors import InvalidInput

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 25_000_000
MAX_SIDE: Final = 8_000
# How large a stored image is at most; the uploaded one may be larger and is scaled down.
STORED_SIDE: Final = 2_048

# A decoded image of 25 megapixels takes 100 MB, so only so many are decoded at once per process.
_DECODERS: Final = BoundedSemaphore(2)
# MPO is how phones write a JPEG with a second picture in it; only the first is kept.
_FORMATS: Final = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WEBP"}
_EXTENSIONS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
_SAVE_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "JPEG": {"quality": 85, "optimize": True, "progressive": True},
    "PNG": {"optimize": False},
    "WEBP": {"quality": 85, "method": 4},
}
# What Pillow raises on bytes that are no image or a broken one; its warnings are errors here.
_BROKEN: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
    Warning,
)

# A filter of the process instead of `catch_warnings`, which is not safe in threads.
warnings.filterwarnings("error", module=r"PIL\.")


class CleanImage(ContentFile):
    """An image that is safe to store and serve: our own encoding under a random name."""

    def __init__(self, content: bytes, *, name: str, width: int, height: int) -> None:
        super().__init__(content, name=name)
        self.width = width
        self.height = height


def clean_image(
    uploaded: File[bytes], *, field: str = "image", max_side: int = STORED_SIDE
) -> CleanImage:
    """Return a JPEG, PNG or WebP image decoded and encoded again, upright and without metadata.

    Format and size are read from the header, so that a bomb is refused before it is decoded; bytes
    hidden in or behind the image do not survive. `max_side` is in pixels.

    Raises: InvalidInput on `field` for another format, an animation, a broken file, and beyond
    MAX_FILE_BYTES, MAX_PIXELS or MAX_SIDE.
    """
    if uploaded.size > MAX_FILE_BYTES:
        raise _too_large(field)
    uploaded.seek(0)
    data = uploaded.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise _too_large(field)
    try:
        _check_size(field, *_webp_size(data))
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
            _check_size(field, *image.size)
            encoding = _FORMATS[image.format or ""]
            if encoding != "JPEG" and getattr(image, "is_animated", False):
                raise InvalidInput(field, "Animated images are not accepted.", code="animated")
            with _DECODERS:
                return _encode(_decode(image, max_side), encoding)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(field) from error
    except _BROKEN as error:
        message = "Upload a JPEG, PNG or WebP image; this file is none or is damaged."
        raise InvalidInput(field, message, code="invalid_image") from error


def _decode(image: Image.Image, max_side: int) -> Image.Image:
    # JPEG can be decoded at a half, a quarter or an eighth, which saves most of the memory.
    image.draft(None, (max_side, max_side))
    image.load()
    # In place wherever that is possible: each copy of a large image is another 100 MB.
    ImageOps.exif_transpose(image, in_place=True)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    plain.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    # Some encoders take comments, profiles and XMP from here.
    plain.info.clear()
    return plain


def _encode(image: Image.Image, encoding: str) -> CleanImage:
    buffer = io.BytesIO()
    if encoding == "JPEG":
        image = image.convert("RGB")
    image.save(buffer, encoding, **_SAVE_OPTIONS[encoding])
    name = f"{uuid4().hex}.{_EXTENSIONS[encoding]}"
    return CleanImage(buffer.getvalue(), name=name, width=image.width, height=image.height)


def _check_size(field: str, width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise _too_many_pixels(field)


def _too_many_pixels(field: str) -> InvalidInput:
    message = f"At most {MAX_SIDE} pixels a side and {MAX_PIXELS // 10**6} megapixels."
    return InvalidInput(field, message, code="image_too_large")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Read a WebP's size; (0, 0) for anything else.

    Pillow's own reader allocates two canvases when it opens the file.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return 0, 0
    match data[12:16]:
        case b"VP8X":
            width, height = data[24:27], data[27:30]
            return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return struct.unpack_from("<H", data, 26)[0] & 0x3FFF, struct.unpack_from(
                "<H", data, 28
            )[0] & 0x3FFF
    return 0, 0


def _too_large(field: str) -> InvalidInput:
    return InvalidInput(field, f"At most {MAX_FILE_BYTES // 2**20} MiB.", code="file_too_large")
