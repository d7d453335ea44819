"""A stand-in for WeChat on a port of this machine: the page with the code to scan, the token, the person.

It answers as the published description says, with none of the shop's code, and remembers what it was asked.
"""

import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

APP_ID, SECRET = "wx0123456789abcdef", "peer-secret-0123456789"


@dataclass
class Peer:
    """What it knows: who scans next, codes and tokens that it gave, and answers to give instead, by path."""

    base: str = ""
    scanning: str = "oPerson-One_0001"
    nickname: str = "沈佳"
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def answer(self, path: str, asked: dict[str, str]) -> tuple[int, bytes, str]:
        """Return status, body and where a redirect leads."""
        self.calls.append(path)
        if path in self.instead:
            return (*self.instead[path], "")
        match path:
            case "/connect/qrconnect":
                return self._scan(asked)
            case "/sns/oauth2/access_token":
                return 200, json.dumps(self._token(asked)).encode(), ""
            case "/sns/userinfo":
                return 200, json.dumps(self._person(asked), ensure_ascii=False).encode(), ""
        return 404, b"", ""

    def _scan(self, asked: dict[str, str]) -> tuple[int, bytes, str]:
        wanted = {"appid": APP_ID, "response_type": "code", "scope": "snsapi_login"}
        if not wanted.items() <= asked.items() or not asked.get("state"):
            return 400, b"Scope or appid wrong", ""
        code = secrets.token_hex(8)
        self.codes[code] = self.scanning
        return 302, b"", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def _token(self, asked: dict[str, str]) -> dict[str, Any]:
        if (asked.get("appid"), asked.get("secret")) != (APP_ID, SECRET):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        openid = self.codes.pop(asked.get("code", ""), None)
        if openid is None or asked.get("grant_type") != "authorization_code":
            return {"errcode": 40029, "errmsg": "invalid code"}
        token = secrets.token_hex(8)
        self.tokens[token] = openid
        return {
            "access_token": token,
            "expires_in": 7200,
            "refresh_token": secrets.token_hex(8),
            "openid": openid,
            "scope": "snsapi_login",
        }

    def _person(self, asked: dict[str, str]) -> dict[str, Any]:
        if self.tokens.get(asked.get("access_token", "")) != asked.get("openid"):
            return {"errcode": 40001, "errmsg": "invalid credential"}
        return {
            "openid": asked["openid"],
            "nickname": self.nickname,
            "sex": 0,
            "city": "Hangzhou",
            "headimgurl": "https://thirdwx.example.com/0",
            "privilege": [],
        }


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow nothing: the browser of the test does."""


def scan(address: str) -> str:
    """Open WeChat's page and agree; return the address that it leads back to, "" when it refuses."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    try:
        opener.open(address, timeout=20)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.headers.get("Location", "")
    return ""


@contextmanager
def running_peer() -> Iterator[Peer]:
    """Answer on a free port of this machine while the block runs."""
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, text, location = peer.answer(parts.path, asked)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Type", "text/plain")
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
