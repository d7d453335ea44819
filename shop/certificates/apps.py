from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "shop.certificates"
    label = "certificates"
