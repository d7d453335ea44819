"""Stand-ins for WeCom's group bots and Aliyun's SendSms over real HTTP. They share no code with the shop.

They check what they get as the providers describe it, keep what they took, and can answer as a provider does on a
bad day.
"""

import hashlib
import hmac
import json
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the peer says: status, body; `hang` says nothing until the peer stops; `after` is done first."""

    status: int = 200
    body: bytes = b"{}"
    hang: bool = False
    takes: bool = False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    peer: "Peer"


class Peer:
    """An HTTP server on a port of this machine that answers POST by `judge`, or as planned."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.peer = self
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.planned: list[Answer] = []
        self.calls = 0
        self.wrong: list[str] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def plan(self, answer: Answer, times: int = 1) -> None:
        """Let the next calls be answered like this; without `takes` nothing is taken."""
        self.planned += [answer] * times

    def stop(self) -> None:
        """Close the port."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def judge(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Return the answer to a call; notes in `wrong` what no client should send."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        peer = self.server.peer
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with peer.lock:
            peer.calls += 1
            planned = peer.planned.pop(0) if peer.planned else None
            answer = planned if planned and not planned.takes else peer.judge(self.path, headers, body)
            answer = planned or answer
        if answer.hang:
            peer.released.wait(timeout=10)
            return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Be silent."""


def told(status: int = 200, **fields: Any) -> Answer:
    """Return a JSON answer."""
    return Answer(status, json.dumps(fields).encode())


class WecomPeer(Peer):
    """Group bots by key; a bot that nobody knows is refused, as is text that no bot takes."""

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {key: [] for key in keys}

    def judge(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Take one markdown text."""
        parts = urllib.parse.urlsplit(path)
        key = urllib.parse.parse_qs(parts.query).get("key", [""])[0]
        if parts.path != "/cgi-bin/webhook/send":
            self.wrong.append(f"path {parts.path}")
        if not headers.get("content-type", "").startswith("application/json"):
            self.wrong.append("content type")
        if key not in self.texts:
            return told(errcode=93000, errmsg=f"invalid webhook url, hint: {key}")
        sent = json.loads(body)
        content = sent["markdown"]["content"] if sent.get("msgtype") == "markdown" else ""
        if not 0 < len(content.encode()) <= 4096:
            return told(errcode=40058, errmsg="markdown.content exceed max length 4096")
        self.texts[key].append(content)
        return told(errcode=0, errmsg="ok")


@dataclass
class Text:
    """A text that Aliyun took."""

    number: str
    sign: str
    template: str
    params: dict[str, str] = field(default_factory=dict)
    out_id: str = ""


class AliyunPeer(Peer):
    """SendSms with the ACS3-HMAC-SHA256 signature computed from the request as it arrived."""

    def __init__(self, key_id: str, secret: str) -> None:
        super().__init__()
        self.key_id, self.secret = key_id, secret
        self.texts: list[Text] = []
        self.nonces: set[str] = set()

    def judge(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Take one text if its signature is right."""
        parts = urllib.parse.urlsplit(path)
        if (refused := self._signature_fault(parts, headers, body)) is not None:
            return told(400, Code="SignatureDoesNotMatch", Message=refused, RequestId="r")
        if headers["x-acs-action"] != "SendSms" or headers["x-acs-version"] != "2017-05-25":
            return told(404, Code="InvalidAction.NotFound", Message="", RequestId="r")
        query = {name: values[0] for name, values in urllib.parse.parse_qs(parts.query).items()}
        text = Text(
            query["PhoneNumbers"],
            query["SignName"],
            query["TemplateCode"],
            json.loads(query["TemplateParam"]),
            query["OutId"],
        )
        if not (len(text.number) == 11 and text.number.isdecimal()):
            return told(Code="isv.MOBILE_NUMBER_ILLEGAL", Message=f"{text.number} illegal", RequestId="r")
        if any(len(value) > 35 for value in text.params.values()):
            return told(Code="isv.PARAM_LENGTH_LIMIT", Message="", RequestId="r")
        self.texts.append(text)
        return told(Code="OK", Message="OK", BizId="b", RequestId="r")

    def _signature_fault(
        self, parts: urllib.parse.SplitResult, headers: dict[str, str], body: bytes
    ) -> str | None:
        algorithm, _space, rest = headers.get("authorization", "").partition(" ")
        said = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
        names = said.get("SignedHeaders", "").split(";")
        must = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"}
        if algorithm != "ACS3-HMAC-SHA256" or said.get("Credential") != self.key_id:
            return "algorithm or credential"
        if not must | {"x-acs-signature-nonce"} <= set(names) or names != sorted(names):
            return "signed headers"
        if headers["x-acs-signature-nonce"] in self.nonces:
            return "nonce used"
        self.nonces.add(headers["x-acs-signature-nonce"])
        if headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
            return "digest of the body"
        pairs = sorted(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        canonical = "\n".join(
            [
                "POST",
                parts.path,
                urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote, safe="~"),
                *(f"{name}:{headers[name].strip()}" for name in names),
                "",
                ";".join(names),
                headers["x-acs-content-sha256"],
            ]
        )
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        right = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return None if hmac.compare_digest(right, said.get("Signature", "")) else "signature"
