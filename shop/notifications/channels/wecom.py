"""The group bot of WeCom (企业微信群机器人): a webhook whose key is the secret. 未联调, never run against WeCom.

Written from the published description of the webhook: POST of JSON, `markdown` of at most 4096 bytes, 20
messages a minute for each bot, the outcome in `errcode` of an answer that is HTTP 200.
"""

import datetime as dt
import json
import re
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.notifications.channels.base import ChannelBusy, ChannelError, ChannelRefused, Message
from shop.notifications.channels.web import post
from shop.notifications.models import Hold

PATH = "/cgi-bin/webhook/send"
LONGEST_BYTES = 4096
#: Called too often: by minute, and by the bot's own count.
_BUSY = (45009, 45033)
#: No such bot, it was taken out of its group, or it may not speak there; content that it never takes.
_REFUSED = (93000, 93004, 93008, 40008, 40058, 44004)
BUSY_FOR = dt.timedelta(minutes=1)
TOO_MANY_REQUESTS = 429
_KEY = re.compile(r"[0-9A-Za-z-]{16,64}", re.ASCII)
#: Markdown has no escape here, so what could open a link, a mention, a colour or a list becomes its wide twin.
_WIDE = str.maketrans(
    {mark: chr(ord(mark) + 0xFEE0) for mark in "<>[]()*`#_@\\|~!&{}"} | {"\n": " ", "\r": " ", "\t": " "}
)


def inert(text: str) -> str:
    """Return the text so that a bot shows it as it is: nothing in it becomes a link, a mention or a heading."""
    plain = "".join(character for character in text.translate(_WIDE) if character.isprintable())
    return plain.replace("://", "：//").strip()


def digest(messages: Sequence[Message]) -> tuple[str, int]:
    """Return one markdown text for as many of the messages as fit, and how many those are (at least one)."""
    lines: list[str] = []
    size = 200  # the heading, and room to spare
    for message in messages:
        line = f"> {inert(message.subject)}"
        if url := message.params.get("url", ""):
            line += f"\n> [{pgettext('notice', 'Open')}]({url})"
        size += len(line.encode()) + 2
        if lines and size > LONGEST_BYTES:
            break
        lines.append(line)
    count = len(lines)
    if count == 1:
        heading = inert(settings.SHOP_NAME)
    else:
        heading = (
            inert(settings.SHOP_NAME)
            + " · "
            + ngettext("%(count)d notice", "%(count)d notices", count) % {"count": count}
        )
    return f"**{heading}**\n" + "\n\n".join(lines), count


def key_of(typed: str) -> str:
    """Return the bot's key out of a key or a whole webhook address. Raises ShopError (secret), without quoting it."""
    text = typed.strip()
    if "/" in text:
        parts = urlsplit(text)
        queries = dict(part.partition("=")[::2] for part in parts.query.split("&"))
        known = urlsplit(settings.WECOM_API_BASE).hostname
        text = queries.get("key", "") if parts.hostname == known and parts.path == PATH else ""
    if not _KEY.fullmatch(text):
        raise ShopError(
            _("This is not the webhook address of a WeCom group bot, nor its key."),
            code="webhook",
            field="secret",
        )
    return text


class WecomChannel:
    """Posts one markdown text to one bot."""

    def send(self, message: Message) -> None:
        """Post the body; `secret` is the bot's key. Raises ChannelBusy at the bot's limit, else as the port says."""
        content = {"msgtype": "markdown", "markdown": {"content": message.body}}
        answer = post(
            f"{settings.WECOM_API_BASE}{PATH}?{urlencode({'key': message.secret})}",
            body=json.dumps(content, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
            seconds=settings.WECOM_TIMEOUT_SECONDS,
        )
        code = -1 if answer.status == TOO_MANY_REQUESTS else answer.fields().get("errcode")
        if code == 0:
            return
        if code in _BUSY or answer.status == TOO_MANY_REQUESTS:
            raise ChannelBusy(
                f"WeCom errcode {code}", until=clock.now() + BUSY_FOR, hold=Hold.PROVIDER, whole=True
            )
        # The words beside the code may quote the key.
        said = f"WeCom errcode {code}" if isinstance(code, int) else f"HTTP {answer.status}, no errcode"
        raise ChannelRefused(said) if code in _REFUSED else ChannelError(said)
