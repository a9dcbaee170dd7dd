"""Image files for tests."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

_NAMES = {"JPEG": "photo.jpg", "PNG": "photo.png", "WEBP": "photo.webp"}


def image_bytes(
    encoding: str = "PNG",
    size: tuple[int, int] = (40, 30),
    *,
    colour: Any = (200, 30, 60),
    mode: str = "RGB",
    **options: Any,
) -> bytes:
    """Return the bytes of a plain image; `options` go to Pillow's encoder."""
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, encoding, **options)
    return buffer.getvalue()


def image_upload(
    encoding: str = "PNG", *, name: str | None = None, content: bytes | None = None, **options: Any
) -> SimpleUploadedFile:
    """Return an uploaded image, or any `content` under an image's name."""
    data = image_bytes(encoding, **options) if content is None else content
    return SimpleUploadedFile(name or _NAMES[encoding], data)
