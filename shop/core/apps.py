from pathlib import Path

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "shop.core"
    label = "core"

    def ready(self) -> None:
        from django.conf import settings
        from django.urls import register_converter

        from shop.core import clock
        from shop.core.converters import IdConverter

        register_converter(IdConverter, "id")
        if settings.SHOP_CLOCK_FILE:
            clock.follow(Path(settings.SHOP_CLOCK_FILE))
