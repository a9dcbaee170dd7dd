"""Servers that stand where GHTK's and Viettel Post's would; with faults on order."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

GHTK_SECRET = "ghtk-webhook-secret-of-the-tests"
VTP_SECRET = "vtp-webhook-secret-of-the-tests"
PDF = b"%PDF-1.4\n%%EOF\n"


@dataclass
class Books:
    """What a carrier believes: parcels by our reference, and every call it got."""

    parcels: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fee: Any = 22_000
    # A fault, for all calls or for those whose path, or question, holds the text:
    # `fault = ("hang", "fee")`.
    fault: tuple[str, str] | None = None
    # Called after a parcel is in the books and before its answer leaves.
    on_created: Callable[[], None] = lambda: None
    goes_there: bool = True
    label: bytes = PDF
    lock: Lock = field(default_factory=Lock)
    released: Event = field(default_factory=Event)

    def called(self, part: str) -> int:
        """Return how often a path with this text was called."""
        return sum(part in path for path, _ in self.calls)

    def book(self, reference: str, **values: Any) -> tuple[dict[str, Any], bool]:
        """Write a parcel down once per reference; tells whether it was there."""
        with self.lock:
            if reference in self.parcels:
                return self.parcels[reference], True
            number = f"S{len(self.parcels) + 1}.A1.{abs(hash(reference)) % 10**9:09}"
            self.parcels[reference] = {"number": number, **values}
            return self.parcels[reference], False

    def find(self, name: str) -> tuple[str, dict[str, Any]] | None:
        """Return a parcel by our reference or by the carrier's number."""
        for reference, parcel in self.parcels.items():
            if name in (reference, parcel["number"]):
                return reference, parcel
        return None


def _faulty(kind: str, books: Books) -> tuple[int, bytes] | None:
    """Return the wrong answer of a fault; None: no answer at all."""
    match kind:
        case "hang":
            books.released.wait(120)
            return None
        case "drop":
            return None
        case "500":
            return 500, b'{"success": false, "error": true, "message": "oops"}'
        case "html":
            return 200, b"<html><script>alert(1)</script></html>"
        case "list":
            return 200, b"[1]"
        case "huge":
            return 200, b'{"success": true, "pad": "' + b"x" * 10_000_000 + b'"}'
        case "redirect":
            return 302, b"{}"
        case "refused":
            return 200, b'{"success": false, "error": true, "status": 204, "message": "No <b>"}'
    raise AssertionError(kind)


@contextmanager
def serve(answer: Callable[..., Any]) -> Iterator[tuple[str, Books]]:
    """Serve `answer(books, method, path, query, body) -> dict | bytes` on a port of its own."""
    books = Books()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            path = unquote(url.path)
            books.calls.append((path, body or query))
            if books.fault and books.fault[1] in f"{path} {json.dumps(body or query)}":
                wrong = _faulty(books.fault[0], books)
                if wrong is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                status, content = wrong
            else:
                reply = answer(books, self.command, path, query, body)
                status = 200
                content = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/")
            kind = "application/pdf" if content.startswith(b"%PDF") else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, *args: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError, ValueError):
                super().handle()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", books
    finally:
        books.released.set()
        server.shutdown()
        server.server_close()


def ghtk(books: Books, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Any:
    """Answer as GHTK documents it."""
    if path.startswith("/services/label/"):
        return books.label
    action = path.removeprefix("/services/shipment/")
    if action == "fee":
        fee = {"name": "area1", "fee": books.fee, "insurance_fee": 0, "delivery": books.goes_there}
        return {"success": True, "message": "", "fee": fee}
    if action == "order/":
        return _ghtk_order(books, body["order"])
    name = re.sub(r"^(v2|cancel)/(partner_id:)?", "", action)
    found = books.find(name)
    if found is None:
        return {"success": False, "message": "Đơn hàng không tồn tại"}
    reference, parcel = found
    if action.startswith("cancel/"):
        if parcel["status"] not in (1, 2, 12):
            return {"success": False, "message": "Không thể hủy", "log_id": "1"}
        parcel["status"] = -1
        return {"success": True, "message": "", "log_id": "1"}
    order = {
        "label_id": parcel["number"],
        "partner_id": reference,
        "status": str(parcel["status"]),
        "status_text": "Đang giao",
        "modified": parcel.get("modified", time.strftime("%Y-%m-%d %H:%M:%S")),
        "pick_money": parcel["cod"],
        "ship_money": books.fee,
    }
    return {"success": True, "message": "", "order": order}


def _ghtk_order(books: Books, order: dict[str, Any]) -> dict[str, Any]:
    parcel, is_there = books.book(order["id"], status=2, cod=order["pick_money"])
    if is_there:
        error = {"code": "ORDER_ID_EXIST", "partner_id": order["id"]}
        return {"success": False, "message": "Đã tồn tại", "error": error}
    books.on_created()
    made = {"partner_id": order["id"], "label": parcel["number"], "fee": books.fee, "status_id": 2}
    return {"success": True, "message": "", "order": made}


def viettel_post(
    books: Books, method: str, path: str, query: dict[str, str], body: dict[str, Any]
) -> Any:
    """Answer as Viettel Post's clients have seen it: failures come with HTTP 200."""
    action = path.rsplit("/", 1)[-1]
    if action == "report.do":
        return books.label
    if action == "getPriceNlp":
        return _vtp({"MONEY_TOTAL": books.fee, "KPI_HT": 30.0})
    if action == "printing-code":
        return {**_vtp(None), "message": "code-of-the-label"}
    if action == "createOrderNlp":
        cod = body["MONEY_COLLECTION"]
        parcel, is_there = books.book(body["ORDER_NUMBER"], status=100, cod=cod)
        if is_there:
            return {"status": 204, "error": True, "message": "Đơn hàng đã tồn tại", "data": None}
        books.on_created()
        return _vtp(
            {"ORDER_NUMBER": parcel["number"], "MONEY_COLLECTION": cod, "MONEY_TOTAL": books.fee}
        )
    found = books.find(body["ORDER_NUMBER"])
    if found is None:
        return {"status": 205, "error": True, "message": "Not found", "data": None}
    reference, parcel = found
    if action == "UpdateOrder":
        if parcel["status"] >= 105:
            return {"status": 204, "error": True, "message": "Too late", "data": None}
        parcel["status"] = 107
        return _vtp(None)
    row = {
        "ORDER_NUMBER": parcel["number"],
        "ORDER_REFERENCE": reference,
        "ORDER_STATUS": parcel["status"],
        "ORDER_STATUSDATE": parcel.get("modified", time.strftime("%d/%m/%Y %H:%M:%S")),
        "MONEY_COLLECTION": parcel["cod"],
        "MONEY_TOTAL": books.fee,
    }
    return _vtp([row])


def _vtp(data: Any) -> dict[str, Any]:
    return {"status": 200, "error": False, "message": "OK", "data": data}


@contextmanager
def ghtk_on(settings: Any) -> Iterator[Books]:
    """GHTK's API, and the settings to reach it."""
    with serve(ghtk) as (url, books):
        settings.GHTK_TOKEN = "ghtk-token"
        settings.GHTK_API_URL = url
        settings.GHTK_WEBHOOK_SECRET = GHTK_SECRET
        yield books


@contextmanager
def viettel_post_on(settings: Any) -> Iterator[Books]:
    """Viettel Post's API, and the settings to reach it."""
    with serve(viettel_post) as (url, books):
        settings.VIETTEL_POST_TOKEN = "vtp-token"
        settings.VIETTEL_POST_API_URL = url
        settings.VIETTEL_POST_PRINT_URL = f"{url}/DigitalizePrint/report.do"
        settings.VIETTEL_POST_WEBHOOK_SECRET = VTP_SECRET
        yield books
