"""Which channel a message goes by now; decided at every message, not at import."""

from django.conf import settings

from shop.notifications.channels.aliyun_sms import AliyunSmsChannel
from shop.notifications.channels.base import Channel
from shop.notifications.channels.email import EmailChannel
from shop.notifications.channels.mailbox import MailboxChannel
from shop.notifications.channels.wecom import WecomChannel
from shop.notifications.models import ChannelKind

#: What Aliyun needs of each of them.
SMS_SETTINGS = ("ALIYUN_SMS_ACCESS_KEY_ID", "ALIYUN_SMS_ACCESS_KEY_SECRET", "ALIYUN_SMS_SIGN_NAME")


def is_live(kind: str) -> bool:
    """Return whether messages of this kind leave the shop; the others land in its mailbox."""
    if kind == ChannelKind.EMAIL:
        return bool(settings.EMAIL_URL)
    if kind == ChannelKind.WECOM:
        return bool(settings.WECOM_ENABLED)
    return all(getattr(settings, name) for name in SMS_SETTINGS)


def limited_kinds() -> list[str]:
    """Return the kinds whose provider limits how much it takes; they have a sender of their own."""
    return [kind for kind in (ChannelKind.WECOM, ChannelKind.SMS) if is_live(kind)]


def channel_for(kind: str) -> Channel:
    """Return the channel of a kind: its provider's where one is set up, else the mailbox."""
    if not is_live(kind):
        return MailboxChannel(kind)
    if kind == ChannelKind.EMAIL:
        return EmailChannel()
    return WecomChannel() if kind == ChannelKind.WECOM else AliyunSmsChannel()
