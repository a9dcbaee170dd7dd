"""Servers that stand where VNPay's and MoMo's would: they sign, check, and keep books."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

VNPAY_SECRET = "vnpay-secret-of-the-tests"
MOMO_SECRET, MOMO_ACCESS = "momo-secret-of-the-tests", "momo-access"
MOMO_MOST = 50_000_000
PATIENCE_SECONDS = 60


@dataclass
class Books:
    """What the provider believes: charges by our reference, refunds by theirs."""

    charges: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    calls: list[dict[str, Any]] = field(default_factory=list)
    # How often it drops the connection after having done what it was asked for.
    lose_answers: int = 0
    # The status of MoMo's refusals; the code in the body says more.
    refusal_status: int = 200
    # References of charges at whose refund it still is: it takes no other one on.
    at_work: set[str] = field(default_factory=set)
    # Nothing is answered before it is set.
    answers: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    def take(self, reference: str, amount: int, number: str = "4088878653") -> None:
        """Let a buyer pay."""
        self.charges[reference] = {"amount": amount, "number": number, "state": "paid"}

    def send_back(self, reference: str, key: str, amount: int) -> str:
        """Refund once per key, also where it is refused; returns an outcome."""
        with self.lock:
            if key in self.refunds or key in self.refused or reference in self.at_work:
                return "duplicate"
            charge = self.charges.get(reference)
            if charge is None or charge["state"] != "paid":
                self.refused.add(key)
                return "unknown"
            back = sum(r["amount"] for r in self.refunds.values() if r["of"] == reference)
            if back + amount > charge["amount"]:
                return "too much"
            self.refunds[key] = {"of": reference, "amount": amount}
            return "done"


@contextmanager
def serve(answer: Any) -> Iterator[tuple[str, Books]]:
    """Serve `answer(books, path, body) -> dict` on a port of its own."""
    books = Books()
    books.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            books.calls.append(body)
            books.answers.wait(PATIENCE_SECONDS)
            reply = answer(books, self.path, body)
            content = json.dumps(reply).encode()
            if books.lose_answers:
                books.lose_answers -= 1
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(books.refusal_status if reply.get("resultCode") else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", books
    books.answers.set()
    server.shutdown()
    server.server_close()


def _hmac(text: str, secret: str, algorithm: str) -> str:
    return hmac.new(secret.encode(), text.encode(), getattr(hashlib, algorithm)).hexdigest()


_VNPAY_REQUESTS = {
    "querydr": "RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr "
    "OrderInfo",
    "refund": "RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo "
    "TransactionDate CreateBy CreateDate IpAddr OrderInfo",
}
_VNPAY_REPLY = (
    "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo "
    "TransactionType TransactionStatus OrderInfo"
)


def vnpay(books: Books, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a query or refund as VNPay documents it, signed."""
    command = body["vnp_Command"]
    signed = "|".join(body[f"vnp_{name}"] for name in _VNPAY_REQUESTS[command].split())
    reference = body["vnp_TxnRef"]
    charge = books.charges.get(reference)
    reply = {
        "ResponseId": "R1",
        "Command": command,
        "ResponseCode": "00",
        "Message": "OK",
        "TmnCode": body["vnp_TmnCode"],
        "TxnRef": reference,
        "TransactionStatus": "00",
    }
    if _hmac(signed, VNPAY_SECRET, "sha512") != body["vnp_SecureHash"]:
        reply["ResponseCode"] = "97"
    elif charge is None:
        reply["ResponseCode"] = "91"
    elif command == "querydr":
        reply |= {"Amount": str(charge["amount"] * 100), "TransactionNo": charge["number"]}
        reply["TransactionStatus"] = {"paid": "00", "open": "01", "failed": "02"}[charge["state"]]
    else:
        done = books.send_back(reference, body["vnp_RequestId"], int(body["vnp_Amount"]) // 100)
        reply["ResponseCode"] = {"done": "00", "duplicate": "94"}.get(done, "95")
        reply["TransactionNo"] = "9001"
    names = _VNPAY_REPLY + (" PromotionCode PromotionAmount" if command == "querydr" else "")
    text = "|".join(str(reply.get(name) or "") for name in names.split())
    answer = {f"vnp_{name}": value for name, value in reply.items()}
    return {**answer, "vnp_SecureHash": _hmac(text, VNPAY_SECRET, "sha512")}


_MOMO_REQUESTS = {
    "create": "amount extraData ipnUrl orderId orderInfo partnerCode redirectUrl requestId "
    "requestType",
    "query": "orderId partnerCode requestId",
    "refund": "amount description orderId partnerCode requestId transId",
}


def momo(books: Books, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a create, query or refund as MoMo documents it."""
    action = path.rsplit("/", 1)[-1]
    names = ["accessKey", *_MOMO_REQUESTS[action].split()]
    values = {**body, "accessKey": MOMO_ACCESS}
    text = "&".join(f"{name}={values[name]}" for name in sorted(names))
    reply: dict[str, Any] = {
        "partnerCode": body["partnerCode"],
        "orderId": body["orderId"],
        "requestId": body["requestId"],
        "resultCode": 0,
        "message": "Thành công.",
    }
    if _hmac(text, MOMO_SECRET, "sha256") != body["signature"]:
        return {**reply, "resultCode": 13}
    if action == "create" and body["amount"] > MOMO_MOST:
        return {**reply, "resultCode": 22}
    if action == "create":
        if body["orderId"] in books.charges:
            return {**reply, "resultCode": 41}
        charge = {"amount": body["amount"], "number": "", "state": "open"}
        books.charges[body["orderId"]] = charge
        return {
            **reply,
            "amount": charge["amount"],
            "payUrl": f"https://pay.test/{body['orderId']}",
        }
    if action == "query":
        found = books.charges.get(body["orderId"])
        if found is None:
            return {**reply, "resultCode": 42}
        code = {"paid": 0, "open": 1000, "failed": 1006}[found["state"]]
        return {**reply, "resultCode": code, "amount": found["amount"], "transId": found["number"]}
    paid = [ref for ref, charge in books.charges.items() if charge["number"] == body["transId"]]
    done = books.send_back(paid[0] if paid else "", body["requestId"], body["amount"])
    return {**reply, "resultCode": {"done": 0, "duplicate": 40}.get(done, 1080), "transId": "77"}
