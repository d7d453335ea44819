"""What the admission of suppliers does when something happened elsewhere."""

from shop.outbox.events import Event
from shop.suppliers import services


def forget_applicant(event: Event) -> None:
    """On `account.closed`: contact and bank account leave the person's applications."""
    services.forget_applicant(user_id=event.payload["user_id"])
