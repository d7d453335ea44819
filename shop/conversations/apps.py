from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "shop.conversations"
    label = "conversations"
