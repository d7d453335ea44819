"""The worker as tests use it."""

from shop.outbox import relay
from shop.outbox.models import DeliveryState, OutboxDelivery
from worker.routes import ROUTES


def drain(*, failures_expected: bool = False) -> int:
    """Deliver with the real routes until nothing is due; return the number of runs.

    A handler that fails fails the test, unless failures are what it is about.
    """
    handled = 0
    while run := relay.drain(ROUTES):
        handled += run
    if not failures_expected:
        failed = OutboxDelivery.objects.exclude(last_error="").exclude(state=DeliveryState.DONE)
        errors = [f"{delivery}: {delivery.last_error}" for delivery in failed.select_related("message")]
        assert not errors, "handlers failed:\n" + "\n".join(errors)
    return handled
