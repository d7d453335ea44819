"""Text messages through Aliyun (阿里云短信服务, SendSms of 2017-05-25). 未联调, never run against Aliyun.

Written from the published description: an RPC call signed by ACS3-HMAC-SHA256, approved templates with
variables, the outcome in `Code` of the answer.
"""

import datetime as dt
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from django.conf import settings

from shop.core import clock
from shop.notifications.channels.base import ChannelBusy, ChannelError, ChannelRefused, Message
from shop.notifications.channels.web import post
from shop.notifications.models import Hold
from shop.notifications.texts import ANY_KIND, template_params

VERSION, ACTION, ALGORITHM = "2017-05-25", "SendSms", "ACS3-HMAC-SHA256"
#: Digest of no body at all.
EMPTY = hashlib.sha256(b"").hexdigest()
#: This number, this template or these values are never taken.
_REFUSED = (
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.MOBILE_COUNT_OVER_LIMIT",
    "isv.BLACK_KEY_CONTROL_LIMIT",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL",
    "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.TEMPLATE_PARAMS_ILLEGAL",
    "isv.INVALID_PARAMETERS",
)
#: The account is empty, suspended, or has used up its day or month: nothing goes until a person has seen to it.
_ACCOUNT = ("isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL")
_OF_NUMBER = "isv.BUSINESS_LIMIT_CONTROL"
_CODE = re.compile(r"[A-Za-z][\w.]{0,60}", re.ASCII)
_MAINLAND = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)
THROTTLED_FOR, ACCOUNT_FOR = dt.timedelta(seconds=10), dt.timedelta(hours=1)
TOO_MANY_REQUESTS = 429


def mainland_number(phone: str) -> str:
    """Return the eleven digits of a mobile number. Raises ChannelRefused for a number of another country."""
    found = _MAINLAND.fullmatch(re.sub(r"[\s-]", "", phone))
    if found is None:
        raise ChannelRefused("not a mobile number of the mainland")
    return found[1]


class AliyunSmsChannel:
    """Sends one text by the template of its kind."""

    def send(self, message: Message) -> None:
        """Send the values of the message in its template.

        Raises ChannelRefused when the kind has no template or the number none of the mainland, ChannelBusy
        at a limit of Aliyun's, else as the port says.
        """
        kind = _kind_with_template(message)
        values = {
            "PhoneNumbers": mainland_number(message.address),
            "SignName": settings.ALIYUN_SMS_SIGN_NAME,
            "TemplateCode": settings.ALIYUN_SMS_TEMPLATES[kind],
            "TemplateParam": json.dumps(
                template_params(kind, message.params), ensure_ascii=False, separators=(",", ":")
            ),
            "OutId": hashlib.sha256(message.key.encode()).hexdigest()[:32],
        }
        query = _query(values)
        answer = post(
            f"{settings.ALIYUN_SMS_ENDPOINT}/?{query}",
            body=b"",
            headers=signed_headers(query, urlsplit(settings.ALIYUN_SMS_ENDPOINT).netloc),
            seconds=settings.ALIYUN_SMS_TIMEOUT_SECONDS,
        )
        if answer.status == TOO_MANY_REQUESTS:
            raise _throttled("HTTP 429")
        fields = answer.fields()
        if fields.get("Code") != "OK":
            raise _refusal(str(fields.get("Code", "")), str(fields.get("Message", "")))


def _kind_with_template(message: Message) -> str:
    """Return the kind whose template is used: its own, or for news of an order the general one."""
    kinds = [message.kind, ANY_KIND] if "number" in message.params else [message.kind]
    for kind in kinds:
        if settings.ALIYUN_SMS_TEMPLATES.get(kind):
            return kind
    raise ChannelRefused(f"no template for {message.kind} (ALIYUN_SMS_TEMPLATES)")


def signed_headers(query: str, host: str) -> dict[str, str]:
    """Return the headers of a POST of the query without a body, signed with the account's key."""
    headers = {
        "host": host,
        "x-acs-action": ACTION,
        "x-acs-content-sha256": EMPTY,
        "x-acs-date": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": VERSION,
    }
    names = ";".join(sorted(headers))
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={settings.ALIYUN_SMS_ACCESS_KEY_ID},SignedHeaders={names},"
        f"Signature={signature(query, headers, settings.ALIYUN_SMS_ACCESS_KEY_SECRET)}"
    )
    return headers


def signature(query: str, headers: Mapping[str, str], secret: str) -> str:
    """Return the signature of a POST to / without a body, over all of its headers (names in small letters)."""
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n{query}\n{lines}\n{';'.join(sorted(headers))}\n{EMPTY}"
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _query(values: Mapping[str, str]) -> str:
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(values[name], safe='-_.~')}" for name in sorted(values)
    )


def _throttled(text: str) -> ChannelBusy:
    return ChannelBusy(text, until=clock.now() + THROTTLED_FOR, hold=Hold.PROVIDER, whole=True)


def _refusal(code: str, words: str) -> ChannelError:
    """Return the error of an answer. The words beside the code may quote the number, so they are not kept."""
    text = f"Aliyun {code}" if _CODE.fullmatch(code) else "Aliyun answered without a code"
    if code.startswith("Throttling"):
        return _throttled(text)
    if code == _OF_NUMBER:
        return ChannelBusy(text, until=_after_limit_of_number(words), hold=Hold.NUMBER)
    if code in _ACCOUNT:
        return ChannelBusy(text, until=clock.now() + ACCOUNT_FOR, hold=Hold.PROVIDER, whole=True)
    return ChannelRefused(text) if code in _REFUSED else ChannelError(text)


def _after_limit_of_number(words: str) -> dt.datetime:
    """Return when a number may get a text again: Aliyun says whether its minute, hour or day is used up."""
    now = clock.now()
    if "天级" in words:
        midnight = dt.datetime.combine(clock.today() + dt.timedelta(days=1), dt.time(), tzinfo=clock.SHANGHAI)
        return midnight.astimezone(dt.UTC)
    return now + (dt.timedelta(hours=1) if "小时级" in words else dt.timedelta(minutes=1))
