from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "shop.config"
    label = "shop_config"

    def ready(self) -> None:
        from shop.config import checks  # noqa: F401 - registers the system checks
