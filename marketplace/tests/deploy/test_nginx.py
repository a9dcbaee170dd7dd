"""The configuration of `deploy/nginx`, in a real nginx in front of a tiny upstream."""

import gzip
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings as project
from django.test import RequestFactory
from websockets.sync.client import connect
from websockets.sync.server import serve

from marketplace.common.api.network import client_ip
from marketplace.realtime.tests.client import free_port
from marketplace.tests.routes import operations

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
FILES = project.BASE_DIR / "deploy" / "nginx"
HOST = "shop.test"
HASHED = "base.0123456789ab.css"

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed (Debian: apt install nginx, as .ci/run does)"
)


class Upstream(ThreadingHTTPServer):
    """Answers with what it was sent, as JSON, and keeps it."""

    def __init__(self):
        self.seen = []
        super().__init__(("127.0.0.1", 0), Echo)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = {"path": self.path, "headers": dict(self.headers), "bytes": len(body)}
        self.server.seen.append(seen)
        content = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *args):
        pass


class Proxy:
    """A running nginx, and how to talk to it."""

    def __init__(self, folder, web, realtime, storage):
        self.folder, self.web = folder, web
        self.http_port, self.https_port = free_port(), free_port()
        self.certificate = make_certificate(folder)
        static = folder / "static"
        static.mkdir()
        (static / HASHED).write_text("body {}")
        (static / f"{HASHED}.gz").write_bytes(gzip.compress(b"body {}"))
        (static / "plain.txt").write_text("plain")
        challenge = folder / "acme" / ".well-known" / "acme-challenge"
        challenge.mkdir(parents=True)
        (challenge / "token").write_text("proof")
        values = {
            "SITE_HOST": HOST, "SHOP_FRONT_URL": "https://www.shop.test",
            "HTTP_PORT": self.http_port, "HTTPS_PORT": self.https_port, "RESOLVER": "127.0.0.1",
            "WEB": f"127.0.0.1:{web}", "REALTIME": f"127.0.0.1:{realtime}",
            "STORAGE": f"127.0.0.1:{storage}", "STATIC_ROOT": static, "ACME_ROOT": folder / "acme",
            "TLS_CERTIFICATE": folder / "certificate.pem", "TLS_KEY": folder / "key.pem",
            "REQUESTS_PER_SECOND": 1000, "REQUESTS_BURST": 1000,
        }  # fmt: skip
        site = (FILES / "marketplace.conf.template").read_text()
        for name, value in values.items():
            site = site.replace(f"${{{name}}}", str(value))
        (folder / "site.conf").write_text(site)
        self.config = folder / "nginx.conf"
        whole = (FILES / "nginx.conf").read_text()
        whole = whole.replace("/etc/nginx/conf.d/*.conf", str(folder / "site.conf"))
        whole = whole.replace("/tmp/nginx", str(folder / "nginx"))
        whole = whole.replace("/dev/stdout", str(folder / "access.log"))
        # Long enough for a shop; a test need not wait for it.
        self.config.write_text(
            whole.replace("client_header_timeout 10s", "client_header_timeout 1s")
        )
        self.pool = urllib3.HTTPSConnectionPool(
            "127.0.0.1", self.https_port, server_hostname=HOST, assert_hostname=HOST,
            ca_certs=str(folder / "certificate.pem"), retries=False,
        )  # fmt: skip

    def command(self, *arguments):
        # The image runs it as a plain user; run by root, its workers must reach this folder.
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        return [NGINX, "-e", "stderr", "-c", str(self.config), *user, *arguments]

    def start(self):
        log = (self.folder / "error.log").open("wb")
        options = self.command()
        options[-1] = f"{options[-1]} daemon off;" if os.geteuid() == 0 else options[-1]
        if os.geteuid() != 0:
            options += ["-g", "daemon off;"]
        self.process = subprocess.Popen(options, stderr=log)
        log.close()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.https_port)) == 0:
                    return
            if self.process.poll() is not None:
                break
        raise AssertionError((self.folder / "error.log").read_text())

    def stop(self):
        self.pool.close()
        self.process.terminate()
        self.process.wait(timeout=30)

    def request(self, method, path, headers=(), **kwargs):
        headers = {"Host": HOST, **dict(headers)}
        return self.pool.request(method, path, headers=headers, **kwargs)

    def get(self, path, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", path, headers)

    def raw(self):
        """A connection on which a test writes whatever it likes."""
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        plain = socket.create_connection(("127.0.0.1", self.https_port), timeout=30)
        return context.wrap_socket(plain, server_hostname=HOST)


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    alternatives = x509.SubjectAlternativeName(
        [x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternatives, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    private = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))


@pytest.fixture(scope="module")
def web():
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def storage():
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def realtime():
    """Sends back each message, with the path it was reached by."""

    def echo(connection):
        for message in connection:
            connection.send(f"{connection.request.path} {message}")

    with serve(echo, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory, web, realtime, storage):
    folder = tmp_path_factory.mktemp("nginx")
    proxy = Proxy(folder, web.server_port, realtime, storage.server_port)
    proxy.start()
    yield proxy
    proxy.stop()


def test_nginx_takes_the_configuration(proxy):
    tried = subprocess.run(proxy.command("-t"), capture_output=True, text=True, check=False)

    assert tried.returncode == 0, tried.stderr
    assert [line for line in tried.stderr.splitlines() if "[warn]" in line] == []


def test_a_client_cannot_say_where_it_comes_from(proxy, settings):
    answer = proxy.get(
        "/api/v1/products?page=2",
        X_Forwarded_For="6.6.6.6, 7.7.7.7", X_Real_IP="6.6.6.6", Forwarded="for=6.6.6.6",
        X_Forwarded_Proto="http", X_Forwarded_Host="evil.test", X_Request_ID="mine-1",
    )  # fmt: skip

    sent = json.loads(answer.data)
    headers = {name: value for name, value in sent["headers"].items() if name[:2] != "Ac"}
    assert headers.pop("User-Agent").startswith("python-urllib3")
    assert headers == {
        "Host": HOST, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https",
        "X-Request-ID": "mine-1",
    }  # fmt: skip
    assert sent["path"] == "/api/v1/products?page=2"
    settings.TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", headers={"X-Forwarded-For": headers["X-Forwarded-For"]})
    assert client_ip(request) == "127.0.0.1"


def test_a_slow_body_does_not_hold_the_upstream(proxy, web):
    before = len(web.seen)
    with proxy.raw() as slow:
        head = f"POST /api/v1/orders HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 200000\r\n\r\n"
        slow.sendall(head.encode() + bytes(150_000))

        proxy.get("/api/v1/products")
        meanwhile = [seen["path"] for seen in web.seen[before:]]
        slow.sendall(bytes(50_000))
        answer = slow.recv(4096)

    assert meanwhile == ["/api/v1/products"]
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert web.seen[-1]["bytes"] == 200_000


def test_a_header_that_does_not_end_is_not_waited_for(proxy):
    with proxy.raw() as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: ")

        assert slow.recv(1) == b""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/v1/orders", 1), ("/admin/catalog/brand/add/", 12), ("/api/v1/reviews", 110)],
)
def test_bodies_that_are_too_large_are_refused_unread(proxy, web, path, allowed):
    before = len(web.seen)

    with proxy.raw() as client:
        size = allowed * 2**20 + 1
        client.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        answer = client.recv(4096).decode()

    assert answer.startswith("HTTP/1.1 413 ")
    assert '"code":"payload_too_large"' in answer
    assert len(web.seen) == before


def test_body_of_no_announced_length_is_measured_as_it_comes(proxy, web):
    before = len(web.seen)

    with proxy.raw() as client:
        head = f"POST /api/v1/orders HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        client.sendall(head.encode() + chunk * 17)
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert len(web.seen) == before


@pytest.mark.parametrize(
    "lengths",
    ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 6"],
)
def test_message_of_two_lengths_is_refused(proxy, web, lengths):
    before = len(web.seen)

    with proxy.raw() as client:
        client.sendall(
            f"POST /api/v1/orders HTTP/1.1\r\nHost: {HOST}\r\n{lengths}\r\n\r\n0\r\n\r\n".encode()
        )
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert len(web.seen) == before


def test_every_address_that_takes_files_takes_them_here():
    taking_files = {
        operation.template.replace("{", "").replace("}", "")
        for operation in operations()
        if "multipart/form-data" in operation.content_types
    }
    (pattern,) = re.findall(
        r"location ~ (\^/api/v1/\S+) \{", (FILES / "marketplace.conf.template").read_text()
    )

    assert len(taking_files) >= 8
    assert {path for path in taking_files if not re.search(pattern, path)} == set()


def test_sign_in_is_asked_at_most_so_often_from_one_address(proxy, web):
    before = len(web.seen)

    answers = [proxy.request("POST", "/api/v1/auth/login") for _ in range(60)]

    refused = [answer for answer in answers if answer.status == 429]
    assert 20 <= len(refused) <= 29  # one, 30 at once, and five a second
    assert json.loads(refused[0].data)["error"]["code"] == "throttled"
    assert refused[0].headers["Retry-After"] == "1"
    assert len(web.seen) - before == 60 - len(refused)


def test_static_files_are_served_without_the_upstream(proxy, web):
    before = len(web.seen)

    hashed = proxy.request("GET", f"/static/{HASHED}", {"Accept-Encoding": "gzip"})
    plain = proxy.get("/static/plain.txt")
    missing = proxy.get("/static/../key.pem")

    assert (hashed.status, hashed.data) == (200, b"body {}")
    assert hashed.headers["Content-Encoding"] == "gzip"
    assert hashed.headers["Content-Type"] == "text/css"
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Cache-Control"] == "public, max-age=3600"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert missing.data != (proxy.folder / "key.pem").read_bytes()
    assert f"/static/{HASHED}" not in [seen["path"] for seen in web.seen[before:]]


def test_pictures_come_from_the_storage_and_nothing_else_does(proxy, web, storage):
    picture = proxy.get("/media/products/a1.webp?x=1", Authorization="Bearer secret", Cookie="s=1")
    asked = storage.seen[-1]
    upload = proxy.request("POST", "/media", body=bytes(1000))
    posted = storage.seen[-1]
    refused = [
        proxy.get(f"/media/{name}").status
        for name in ("uploads/x", "documents/x.pdf", "products/../documents/x", "products/%0a")
    ]

    assert (picture.status, asked["path"]) == (200, "/media/products/a1.webp")
    assert {"Authorization", "Cookie"} & asked["headers"].keys() == set()
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (upload.status, posted["path"], posted["bytes"]) == (200, "/media", 1000)
    assert upload.headers["Access-Control-Allow-Origin"] == "https://www.shop.test"
    assert refused == [404] * 4
    assert proxy.request("PUT", "/media/products/a1.webp").status == 403
    assert proxy.get("/metrics").status == 404


def test_a_websocket_passes(proxy):
    context = ssl.create_default_context(cafile=str(proxy.folder / "certificate.pem"))
    line = socket.create_connection(("127.0.0.1", proxy.https_port), timeout=30)

    with connect(f"wss://{HOST}/ws/notifications", sock=line, ssl=context) as live:
        live.send("hello")

        assert live.recv(timeout=30) == "/ws/notifications hello"


def test_plain_http_and_foreign_names_lead_nowhere(proxy):
    plain = urllib3.PoolManager(retries=False)
    moved = plain.request(
        "GET", f"http://127.0.0.1:{proxy.http_port}/a?b=c", redirect=False, headers={"Host": "evil"}
    )
    proof = plain.request(
        "GET", f"http://127.0.0.1:{proxy.http_port}/.well-known/acme-challenge/token"
    )
    plain.clear()

    assert (moved.status, moved.headers["Location"]) == (301, f"https://{HOST}/a?b=c")
    assert proof.data == b"proof"
    with (
        pytest.raises(ssl.SSLError),
        socket.create_connection(("127.0.0.1", proxy.https_port), timeout=30) as connection,
    ):
        ssl.create_default_context().wrap_socket(connection, server_hostname="evil.test")


def test_without_the_upstream_the_answer_is_one_of_the_api(tmp_path):
    nobody = free_port()
    proxy = Proxy(tmp_path, nobody, nobody, nobody)
    proxy.start()
    try:
        answer = proxy.get("/api/v1/products?token=secret")
    finally:
        proxy.stop()

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "2"
    assert json.loads(answer.data)["error"]["code"] == "service_unavailable"
    line = json.loads((tmp_path / "access.log").read_text())
    assert (line["path"], line["status"]) == ("/api/v1/products", 503)
    assert "secret" not in (tmp_path / "access.log").read_text()
