from django.apps import AppConfig
from django.conf import settings


class WorkerConfig(AppConfig):
    name = "worker"
    label = "worker"

    def ready(self) -> None:
        if settings.CELERY_BROKER_URL:
            from shop.outbox.services import set_wake
            from worker.wake import Bell

            set_wake(Bell().ring)
