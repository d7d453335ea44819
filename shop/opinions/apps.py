from django.apps import AppConfig


class OpinionsConfig(AppConfig):
    name = "shop.opinions"
    label = "opinions"
