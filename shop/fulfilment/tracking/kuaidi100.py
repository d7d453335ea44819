"""快递100: one request for each number, then signed pushes (实时快递推送).

Written from the published description of the interface; 未联调, never run against 快递100 itself.
"""

import datetime as dt
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from shop.fulfilment.couriers import courier_called
from shop.fulfilment.tracking.base import (
    Answer,
    BadPush,
    Push,
    Step,
    TrackingRefused,
    TrackingUnavailable,
    Wanted,
    Watching,
)
from shop.fulfilment.tracking_models import StepStatus

#: An answer is a line; what is longer is not theirs.
_LONGEST_ANSWER = 65_536
#: Steps of one push; a parcel has some dozens.
_MOST_STEPS = 500
#: No parcel is older, and no calendar ends before it.
_FIRST_YEAR = 2000
#: These couriers tell nothing without the last digits of a phone number.
_WITH_PHONE = frozenset({"shunfeng", "zhongtong"})
#: 200 taken, 501 asked for before.
_TAKEN = frozenset({"200", "501"})
#: The number or the courier is wrong: asking again changes nothing. Any other code may pass by itself.
_REFUSED = frozenset({"700", "701", "702"})
#: Their codes of a parcel's state; of three digits the first one counts, 10xx is on the way.
STATUS_BY_CODE: Mapping[str, StepStatus] = {
    "0": StepStatus.IN_TRANSIT,
    "1": StepStatus.COLLECTED,
    "2": StepStatus.PROBLEM,
    "3": StepStatus.SIGNED,
    "4": StepStatus.RETURNED,
    "5": StepStatus.DELIVERING,
    "6": StepStatus.RETURNING,
    "7": StepStatus.IN_TRANSIT,
    "8": StepStatus.CUSTOMS,
    "10": StepStatus.CUSTOMS,
    "11": StepStatus.CUSTOMS,
    "12": StepStatus.CUSTOMS,
    "13": StepStatus.PROBLEM,
    "14": StepStatus.REFUSED,
}
#: The same in words, for a step that comes without a code.
STATUS_BY_WORD: Mapping[str, StepStatus] = {
    "在途": StepStatus.IN_TRANSIT,
    "揽收": StepStatus.COLLECTED,
    "疑难": StepStatus.PROBLEM,
    "签收": StepStatus.SIGNED,
    "退签": StepStatus.RETURNED,
    "派件": StepStatus.DELIVERING,
    "退回": StepStatus.RETURNING,
    "转单": StepStatus.IN_TRANSIT,
    "转投": StepStatus.IN_TRANSIT,
    "清关": StepStatus.CUSTOMS,
    "拒签": StepStatus.REFUSED,
}
_WATCHING = {"polling": Watching.GOES_ON, "shutdown": Watching.ENDED, "abort": Watching.ABORTED}


def status_of(code: str, word: str) -> StepStatus:
    """Return what a step means; OTHER for what is not known, which then has no effect but to be shown."""
    if code in STATUS_BY_CODE:
        return STATUS_BY_CODE[code]
    if code.isascii() and code.isdigit() and len(code) in (3, 4):
        return STATUS_BY_CODE.get(code[0] if len(code) == 3 else "0", StepStatus.OTHER)
    return STATUS_BY_WORD.get(word, StepStatus.OTHER)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to the address that was set, and to no other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Kuaidi100:
    """The adapter; `callback` is the address that 快递100 pushes to, `salt` the word that signs its pushes."""

    name = "kuaidi100"

    def __init__(self, *, base: str, key: str, salt: str, callback: str, timeout: float) -> None:
        self._base, self._key, self._salt = base.rstrip("/"), key, salt
        self._callback, self._timeout = callback, timeout

    def company_of(self, courier: str) -> str | None:
        """Return the courier's code, which our table has from 快递100; None for couriers without one."""
        found = courier_called(courier)
        return found.code if found is not None and found.code != "other" else None

    def needs_phone(self, company: str) -> bool:
        """Say whether the receiver's phone number goes along."""
        return company in _WITH_PHONE

    def watch(self, wanted: Wanted) -> None:
        """Subscribe a number. Raises TrackingUnavailable, TrackingRefused."""
        param = {
            "company": wanted.company,
            "number": wanted.number,
            "key": self._key,
            "parameters": {
                "callbackurl": self._callback,
                "salt": self._salt,
                "resultv2": "1",
                "phone": wanted.phone,
            },
        }
        code, message = self._ask({"schema": "json", "param": json.dumps(param, ensure_ascii=False)})
        if code in _REFUSED:
            raise TrackingRefused(f"{code} {message}")
        if code not in _TAKEN:
            raise TrackingUnavailable(f"{code} {message}")

    def _ask(self, form: Mapping[str, str]) -> tuple[str, str]:
        request = urllib.request.Request(f"{self._base}/poll", urlencode(form).encode())
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self._timeout) as answer:
                told = json.loads(answer.read(_LONGEST_ANSWER))
            return str(told["returnCode"])[:10], str(told.get("message", ""))[:120]
        except urllib.error.HTTPError as error:
            with error:
                raise TrackingUnavailable(f"HTTP {error.code}") from error
        except (OSError, HTTPException) as error:
            raise TrackingUnavailable(type(error).__name__) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrackingUnavailable("the answer cannot be read") from error

    def read_push(self, raw: bytes) -> Push:
        """Verify `sign` over the bytes of `param` as they came, then read it. Raises BadPush."""
        param, sign = _only(raw, b"param"), _only(raw, b"sign")
        # MD5 is what 快递100 signs with; the salt is ours and known to nobody else.
        wanted = hashlib.md5(param + self._salt.encode(), usedforsecurity=False).hexdigest().upper()
        if not hmac.compare_digest(sign, wanted.encode()):
            raise BadPush("the signature does not hold")
        try:
            return _push(json.loads(param))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise BadPush("the push cannot be read") from error

    def taken(self, *, ok: bool, message: str) -> Answer:
        """Return the answer; without `result` 快递100 sends the same again half an hour later."""
        return Answer({"result": ok, "returnCode": "200" if ok else "500", "message": message})


def _only(raw: bytes, name: bytes) -> bytes:
    """Return the one value of a field of a form as the sender's bytes. Raises BadPush for none and for two."""
    found = [part.partition(b"=")[2] for part in raw.split(b"&") if part.partition(b"=")[0] == name]
    if len(found) != 1:
        raise BadPush(f"the push has {len(found)} fields {name.decode()}")
    return unquote_to_bytes(found[0].replace(b"+", b" "))


def _push(told: dict[str, Any]) -> Push:
    result = told["lastResult"]
    rows = result.get("data") or []
    if len(rows) > _MOST_STEPS:
        raise ValueError("too many steps")
    return Push(
        company=_text(result["com"], 40),
        number=_text(result["nu"], 40).upper(),
        watching=_WATCHING.get(str(told.get("status", "")), Watching.GOES_ON),
        message=_text(told.get("message") or "", 120),
        steps=_steps(rows, _text(result.get("state") or "", 10)),
    )


def _steps(rows: list[dict[str, Any]], state: str) -> tuple[Step, ...]:
    """Return the steps; the state of the whole belongs to the newest, where that has none of its own."""
    steps = [_step(row) for row in rows]
    if steps:
        newest = max(range(len(steps)), key=lambda place: (steps[place].at, -place))
        if steps[newest].status == StepStatus.OTHER:
            step = steps[newest]
            steps[newest] = Step(step.at, step.text, status_of(state, ""), state, step.place)
    return tuple(steps)


def _step(row: dict[str, Any]) -> Step:
    # Their times are China's.
    at = dt.datetime.strptime(f"{row.get('ftime') or row['time']} +0800", "%Y-%m-%d %H:%M:%S %z")
    if at.year < _FIRST_YEAR:
        raise ValueError("no such time")
    code = _text(row.get("statusCode") or "", 10)
    return Step(
        at=at,
        text=_text(row["context"], 500),
        status=status_of(code, _text(row.get("status") or "", 10)),
        code=code,
        place=_text(row.get("areaName") or "", 80),
    )


def _text(value: object, longest: int) -> str:
    """Return plain text that the database can hold: no NUL, no half of a surrogate pair."""
    text = str(value).replace("\x00", "").encode("utf-8", errors="replace").decode()
    return " ".join(text.split())[:longest]
