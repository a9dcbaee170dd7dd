"""Images that people upload: judged by decoding, never by name, and always written anew."""

import io
import struct
import warnings
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from threading import Lock
from typing import Any, Final
from uuid import uuid4

from django.core.files.base import ContentFile, File
from PIL import ExifTags, Image

from marketplace.common.errors import InvalidInput

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 25_000_000
MAX_SIDE: Final = 8_000
# Pillow decodes a WebP into four canvases at once: 24 megapixels took 375 MiB, 12 take 190.
MAX_WEBP_PIXELS: Final = 12_500_000
# How large a stored image is at most; the uploaded one may be larger and is scaled down.
STORED_SIDE: Final = 2_048
# Of one of them as a file: four bytes a pixel where nothing can be packed, and some for the format.
MAX_STORED_BYTES: Final = 5 * STORED_SIDE**2

# A large image takes up to 240 MiB for a second or two, so a process decodes one at a time.
_DECODER: Final = Lock()
# MPO is how phones write a JPEG with a second picture in it; only the first is kept.
_FORMATS: Final = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WEBP"}
_EXTENSIONS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
_SAVE_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "JPEG": {"quality": 85, "optimize": True, "progressive": True},
    "PNG": {"optimize": False},
    "WEBP": {"quality": 85, "method": 4},
}
_RENDITION_OPTIONS: Final[dict[str, Any]] = {"quality": 80, "method": 4}
# What undoes each orientation that a camera writes.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
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
    MAX_FILE_BYTES, MAX_PIXELS (MAX_WEBP_PIXELS) or MAX_SIDE.
    """
    if uploaded.size > MAX_FILE_BYTES:
        raise _too_large(field)
    uploaded.seek(0)
    data = uploaded.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise _too_large(field)
    try:
        _check_size(field, *_webp_size(data), max_pixels=MAX_WEBP_PIXELS)
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
            encoding = _FORMATS[image.format or ""]
            _check_size(field, *image.size)
            if encoding != "JPEG" and getattr(image, "is_animated", False):
                raise InvalidInput(field, "Animated images are not accepted.", code="animated")
            with _DECODER:
                return _encode(_decode(image, max_side), encoding)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(field) from error
    except _BROKEN as error:
        message = "Upload a JPEG, PNG or WebP image; this file is none or is damaged."
        raise InvalidInput(field, message, code="invalid_image") from error


def render_webp(content: bytes, sides: Mapping[str, int]) -> dict[str, bytes]:
    """Return WebP copies of an image of ours by name, each fitting into a square of so many pixels.

    An image is never enlarged. Raises: InvalidInput when it is damaged.
    """
    rendered = {}
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as opened, _DECODER:
            image: Image.Image = opened
            # The largest first: each smaller one is made from the one before.
            for name, side in sorted(sides.items(), key=lambda item: -item[1]):
                image = _decode(image, side)
                buffer = io.BytesIO()
                image.save(buffer, "WEBP", **_RENDITION_OPTIONS)
                rendered[name] = buffer.getvalue()
    except _BROKEN as error:
        raise InvalidInput("image", "The image is damaged.", code="invalid_image") from error
    return rendered


def rendition_name(name: str, label: str | int) -> str:
    """Return where a rendition of a stored file is kept: `a/b.jpg` as `card` in `a/b.card.webp`."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}.{label}.webp"))


def _decode(image: Image.Image, max_side: int) -> Image.Image:
    # JPEG can be decoded at a half, a quarter or an eighth, which saves most of the memory.
    image.draft(None, (max_side, max_side))
    image.load()
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode == "I;16":
        image = _to_8_bits(image)
    # Each copy of a large image is another 100 MB: shrink first, then convert and turn.
    if image.mode not in {mode, "LA"}:
        image = image.convert(mode)
    factor = max(image.size) // max_side
    if factor > 1:
        image = _reduce(image, factor)
    if image.mode != mode:
        image = image.convert(mode)
    image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    if turn := _TURNS.get(orientation):
        image = image.transpose(turn)
    # Some encoders take comments, profiles and XMP from here.
    image.info.clear()
    return image


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Take a grey picture's upper bits: Pillow's own conversion turns nearly all greys white."""
    transparent = image.info.get("transparency")
    grey = image.point(lambda value: value / 256).convert("L")
    if isinstance(transparent, int):
        grey.info["transparency"] = transparent >> 8
    return grey


def _reduce(image: Image.Image, factor: int) -> Image.Image:
    """Shrink by a whole number, strip by strip: Pillow would copy all that has transparency."""
    width, height = image.size
    reduced = Image.new(image.mode, (-(-width // factor), -(-height // factor)))
    step = factor * 128
    for top in range(0, height, step):
        strip = image.crop((0, top, width, min(height, top + step)))
        reduced.paste(strip.reduce(factor), (0, top // factor))
    return reduced


def _encode(image: Image.Image, encoding: str) -> CleanImage:
    buffer = io.BytesIO()
    if encoding == "JPEG":
        image = image.convert("RGB")
    image.save(buffer, encoding, **_SAVE_OPTIONS[encoding])
    name = f"{uuid4().hex}.{_EXTENSIONS[encoding]}"
    return CleanImage(buffer.getvalue(), name=name, width=image.width, height=image.height)


def _check_size(field: str, width: int, height: int, *, max_pixels: int = MAX_PIXELS) -> None:
    if max(width, height) > MAX_SIDE or width * height > max_pixels:
        raise _too_many_pixels(field, max_pixels)


def _too_many_pixels(field: str, max_pixels: int = MAX_PIXELS) -> InvalidInput:
    message = f"At most {MAX_SIDE} pixels a side and {max_pixels / 10**6:g} megapixels."
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
