"""The peer itself: an HTTP server with keys, memory of idempotency keys, mishaps and a page to pay on."""

import json
import threading
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.stripe_peer import api, forms, pages
from tests.stripe_peer.books import Books
from tests.stripe_peer.checking import Refusal
from tests.stripe_peer.webhooks import Sender, sign

HOST = "127.0.0.1"
SECRET_KEY, WEBHOOK_SECRET = "sk_test_peer_0123456789", "whsec_peer_0123456789"


class Mishap(StrEnum):
    """What goes wrong with a call."""

    FAIL = "fail"  # 500 before anything was done; remembered under the key, as Stripe does
    FAIL_AFTER = "fail_after"  # done, but answered and remembered as 500
    LOST = "lost"  # done, but the answer never arrives
    DOWN = "down"  # nothing is done, the connection is closed
    HANG = "hang"  # nothing is done and nothing is answered
    LIMIT = "limit"  # 429, nothing is done


@dataclass
class _Planned:
    mishap: Mishap
    method: str
    part: str
    times: int


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    peer: "Peer"


class Peer:
    """A stand-in for Stripe on a port of this machine."""

    def __init__(self, *, port: int = 0, webhook_url: str = "", send: bool = False) -> None:
        self.secret_key, self.webhook_secret = SECRET_KEY, WEBHOOK_SECRET
        self.sender = Sender(self.webhook_secret, webhook_url)
        self._send = send
        self._server = _Server((HOST, port), _Handler)
        self._server.peer = self
        self.base = f"http://{HOST}:{self._server.server_address[1]}"
        self.released = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.books = Books()
        if self._send:
            self.books.listeners.append(lambda event: self.sender.later(event, self._shop_of(event)))
        self.remembered: dict[str, tuple[str, int, Any]] = {}
        self.calls: list[tuple[str, str, str]] = []
        self._planned: list[_Planned] = []
        self._lock = threading.RLock()

    def start(self) -> None:
        """Answer in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self) -> None:
        """Answer until the process ends."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Close the port."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def plan(self, mishap: Mishap, *, method: str = "", part: str = "", times: int = 1) -> None:
        """Let the next calls whose method and path fit go wrong."""
        with self._lock:
            self._planned.append(_Planned(mishap, method, part, times))

    def signed(self, event: dict[str, Any], *, age: int = 0) -> tuple[bytes, dict[str, str]]:
        """Return an event's bytes and headers as they would come over the network, signed `age` seconds ago."""
        return sign(event, self.webhook_secret, age=age)

    def _shop_of(self, event: dict[str, Any]) -> str:
        about = event["data"]["object"]
        session = about if "success_url" in about else next(iter(self.books.tables["sessions"].values()), {})
        parts = urlsplit(session.get("success_url", ""))
        return f"{parts.scheme}://{parts.netloc}/notices/stripe/" if parts.netloc else ""

    def mishap(self, method: str, path: str) -> Mishap | None:
        """Return what is to go wrong with this call, once less from now on."""
        with self._lock:
            for planned in self._planned:
                if planned.times and planned.method in ("", method) and planned.part in path:
                    planned.times -= 1
                    return planned.mishap
        return None


class _Handler(BaseHTTPRequestHandler):
    """One request. Each connection carries one, so that a killed client leaves nothing behind."""

    server: _Server

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Be silent."""

    def _handle(self, method: str) -> None:
        parts = urlsplit(self.path)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if parts.path.startswith("/c/pay/"):
            status, headers, body = pages.hosted(
                self.server.peer.books, method, parts.path.removeprefix("/c/pay/"), text
            )
            self._write(status, body.encode(), headers | {"Content-Type": "text/html; charset=utf-8"})
            return
        key = self.headers.get("Idempotency-Key", "")
        peer = self.server.peer
        peer.calls.append((method, parts.path, key))
        mishap = peer.mishap(method, parts.path)
        if mishap is Mishap.DOWN:
            return
        if mishap is Mishap.HANG:
            peer.released.wait(timeout=3)
            return
        if mishap is Mishap.LIMIT:
            self._answer(
                429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "slow"}}
            )
            return
        status, body, again = self._result(method, parts.path, text or parts.query, key, mishap)
        if mishap is not Mishap.LOST:
            self._answer(status, body, again=again)

    def _result(
        self, method: str, path: str, text: str, key: str, mishap: Mishap | None
    ) -> tuple[int, Any, bool]:
        """Return status, body and whether they were remembered; keys are kept for calls that were begun."""
        peer = self.server.peer
        fingerprint = f"{method} {path} {text}"
        with peer.books.lock:
            if key and key in peer.remembered:
                first, status, body = peer.remembered[key]
                if first != fingerprint:
                    message = "Keys for idempotent requests can only be used with the same parameters."
                    return 400, {"error": {"type": "idempotency_error", "message": message}}, False
                return status, body, True
            try:
                status, body = 200, self._done(method, path, text, mishap)
            except Refusal as refusal:
                return refusal.status, refusal.body, False
            if mishap in (Mishap.FAIL, Mishap.FAIL_AFTER):
                status, body = 500, {"error": {"type": "api_error", "message": "Something went wrong."}}
            if key:
                peer.remembered[key] = (fingerprint, status, body)
            return status, body, False

    def _done(self, method: str, path: str, text: str, mishap: Mishap | None) -> Any:
        peer = self.server.peer
        if self.headers.get("Authorization") != f"Bearer {peer.secret_key}":
            raise Refusal("Invalid API Key provided", status=401)
        return (
            None
            if mishap is Mishap.FAIL
            else api.answer(peer.books, peer.base, method, path, forms.decode(text))
        )

    def _answer(self, status: int, body: Any, *, again: bool = False) -> None:
        headers = {"Content-Type": "application/json", "Request-Id": "req_peer"}
        if again:
            headers["Idempotent-Replayed"] = "true"
        self._write(status, json.dumps(body, ensure_ascii=False).encode(), headers)

    def _write(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
