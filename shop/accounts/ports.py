"""Where login codes leave the shop: directly, never through the outbox, never into a log."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError

CodeSender = Callable[["TextMessage"], None]


@dataclass(frozen=True)
class TextMessage:
    """A text for one phone (E.164). `text` may hold a code: show it to nobody else.

    `kind` and `params` name a provider's template and its values.
    """

    phone: str
    text: str
    kind: str = ""
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


class TextsUnavailable(ShopError):
    """The shop has no way to send a text message."""

    def __init__(self) -> None:
        super().__init__(
            _("This shop cannot send text messages yet. Log in with a password."),
            code="no_sms",
            field="phone",
        )


class TextsDelayed(TextsUnavailable):
    """No text message can go out at present: a limit is reached, or the provider did not take it."""

    def __init__(self) -> None:
        ShopError.__init__(
            self,
            _("No text message can be sent right now. Try again later, or log in with a password."),
            code="sms_delayed",
            field="phone",
        )


def console_sender(message: TextMessage) -> None:
    """Write the message to standard error of a demonstration shop.

    Raises TextsUnavailable elsewhere: a shop without an SMS provider cannot send codes, and must not print them.
    """
    if not settings.SHOP_DEMO:
        raise TextsUnavailable
    print(f"[SMS] {message.phone}: {message.text}", file=sys.stderr, flush=True)


_code_sender: CodeSender = console_sender


def set_code_sender(sender: CodeSender) -> CodeSender:
    """Set the port and return what was there; called in AppConfig.ready of who delivers messages."""
    global _code_sender
    before, _code_sender = _code_sender, sender
    return before


def require_texts() -> None:
    """Raise TextsUnavailable where nothing could be sent: asked before anything is written."""
    if _code_sender is console_sender and not settings.SHOP_DEMO:
        raise TextsUnavailable


def send_text(message: TextMessage) -> None:
    """Hand a text to the port. Raises what the port raises."""
    _code_sender(message)
