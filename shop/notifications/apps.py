from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "shop.notifications"
    label = "notifications"

    def ready(self) -> None:
        """Send login codes by the provider of text messages where one is set up."""
        from shop.accounts.ports import set_code_sender
        from shop.notifications.channels.registry import is_live
        from shop.notifications.codes import send_code
        from shop.notifications.models import ChannelKind

        if is_live(ChannelKind.SMS):
            set_code_sender(send_code)
