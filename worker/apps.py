from django.apps import AppConfig
from django.conf import settings


class WorkerConfig(AppConfig):
    name = "worker"
    label = "worker"

    def ready(self) -> None:
        from shop.operations.metrics import set_job_times
        from worker.turns import times_begun

        set_job_times(times_begun)
        if settings.CELERY_BROKER_URL:
            from celery.signals import worker_init

            from shop.outbox.services import set_wake
            from worker.wake import Bell
            from worker.warm import warm_up

            set_wake(Bell().ring)
            worker_init.connect(warm_up)
