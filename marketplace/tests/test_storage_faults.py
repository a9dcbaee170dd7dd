"""A bucket that misbehaves: an upload is 503 and leaves no row, whatever the server does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.config import Config

from catalog.models import ProductImage
from catalog.tests.factories import ProductFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import image_upload, s3_storage

pytestmark = pytest.mark.django_db


class Bucket(BaseHTTPRequestHandler):
    """Stores the first file, and then behaves as its server's `fault` says."""

    def do_HEAD(self) -> None:
        self.answer(404)

    def do_DELETE(self) -> None:
        self.server.deleted.append(self.path)
        self.answer(204)

    def do_PUT(self) -> None:
        if not self.server.stored:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.server.stored.append(self.path)
            self.answer(200)
        elif self.server.fault == "error":
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(500)
        elif self.server.fault == "death":
            self.rfile.read(10)
            self.connection.close()
        else:
            self.server.release.wait(10)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def faulty_bucket(fault: str) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    server.fault, server.stored, server.deleted = fault, [], []
    server.release = threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("fault", ["error", "death", "hang"])
def test_upload_of_several_to_a_faulty_bucket_is_503_and_makes_nothing(fault, api_as, settings):
    product = ProductFactory()
    seller = api_as(product.shop.owner)
    seller.raise_request_exception = False
    retries = {"total_max_attempts": 1}
    quick = Config(signature_version="s3v4", read_timeout=3, retries=retries)

    with faulty_bucket(fault) as server:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        settings.STORAGES = {
            **settings.STORAGES,
            "default": s3_storage(endpoint, "media", client_config=quick),
        }
        response = seller.post(
            f"/api/v1/seller/products/{product.pk}/images",
            {"images": [image_upload(), image_upload()]},
            format="multipart",
        )

    assert response.status_code == 503, response.content
    assert not ProductImage.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert len(server.stored) == 1
    assert server.deleted == server.stored
