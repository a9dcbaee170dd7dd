"""Files as answers, of the API and of the console."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse

from catalog.bulk.constants import FileFormat
from catalog.bulk.exports import CONTENT_TYPES


def file_response(
    chunks: Iterator[bytes], name: str, file_format: FileFormat
) -> StreamingHttpResponse:
    """Answer with a file to be saved."""
    return StreamingHttpResponse(
        chunks,
        content_type=CONTENT_TYPES[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}.{file_format}"'},
    )
