"""A stand-in for 快递100 on a port of this machine: takes subscriptions as the published description says, and pushes.

It checks what it is sent by itself, with none of the shop's code, and remembers what it was asked.
"""

import hashlib
import json
import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

KEY, SALT = "peer-key-0123456789", "peer-salt"
#: Some of the couriers that 快递100 follows, by its own codes; two of them ask for the receiver's phone.
COMPANIES = {"ems", "youzhengguonei", "shunfeng", "zhongtong", "yuantong", "shentong", "yunda", "jd"}
WITH_PHONE = {"shunfeng", "zhongtong"}


@dataclass
class Peer:
    """What it knows: subscriptions by number, and how often it will be in trouble."""

    base: str = ""
    subscriptions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    in_trouble: list[str] = field(default_factory=list)

    def answer(self, form: dict[str, list[str]]) -> tuple[int, bytes]:
        """Take a subscription, or say by its code what is wrong with it."""
        param = json.loads(form["param"][0])
        self.calls.append(param)
        if self.in_trouble:
            trouble = self.in_trouble.pop(0)
            return (503, b"") if trouble == "down" else (200, trouble.encode())
        if form.get("schema") != ["json"] or param.get("key") != KEY:
            return _told("600", "您不是合法的订阅者（即授权Key出错）")
        company, number = param["company"], param["number"]
        more = param["parameters"]
        if company not in COMPANIES or not re.fullmatch(r"[A-Z0-9]{6,32}", number):
            return _told("700", "订阅方的订阅数据存在错误")
        if company in WITH_PHONE and not re.fullmatch(r"1\d{10}", more.get("phone", "")):
            return _told("700", "该快递公司需要手机号")
        if not re.match(r"https?://", more["callbackurl"]):
            return _told("700", "回调地址错误")
        if (company, number) in self.subscriptions:
            return _told("501", "重复订阅")
        self.subscriptions[company, number] = more
        return _told("200", "提交成功")

    def form(self, company: str, number: str, steps: list[tuple[str, str, str]], **more: Any) -> bytes:
        """Return a push as it is sent, signed: steps are (time, text, code), the newest first."""
        told = {
            "status": more.get("status", "polling"),
            "billstatus": "got",
            "message": more.get("message", ""),
            "lastResult": {
                "message": "ok",
                "state": more.get("state", steps[0][2] if steps else "0"),
                "status": "200",
                "ischeck": "0",
                "com": company,
                "nu": number,
                "data": [
                    {"context": text, "time": at, "ftime": at, "statusCode": code, "areaName": "浙江,杭州市"}
                    for at, text, code in steps
                ],
            },
        }
        return signed(json.dumps(told, ensure_ascii=False), more.get("salt", SALT))

    def push(self, company: str, number: str, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Send a push to the address of the subscription; return the answer."""
        request = urllib.request.Request(self.subscriptions[company, number]["callbackurl"], raw)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())


def signed(param: str, salt: str = SALT) -> bytes:
    """Return the form of a push with its signature."""
    sign = hashlib.md5((param + salt).encode()).hexdigest().upper()
    return urlencode({"sign": sign, "param": param}).encode()


def _told(code: str, message: str) -> tuple[int, bytes]:
    told = {"result": code == "200", "returnCode": code, "message": message}
    return 200, json.dumps(told, ensure_ascii=False).encode()


@contextmanager
def running_peer() -> Iterator[Peer]:
    """Answer on a free port of this machine while the block runs."""
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/poll":
                status, text = peer.answer(parse_qs(body, strict_parsing=True))
            else:
                status, text = 404, b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
