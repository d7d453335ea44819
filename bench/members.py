"""Make somebody with an account and log them in; print the cookies of their browser. Runs inside either site."""

import json

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - after the setup
from django.test import Client  # noqa: E402

_EMAIL = "member@example.com"


def main() -> None:
    """Print one JSON object: the value of each cookie by its name."""
    people = get_user_model()._default_manager
    person = people.filter(email=_EMAIL).first()
    if person is None:
        by_name = {"username": "member"} if hasattr(get_user_model(), "username") else {}
        person = people.create_user(email=_EMAIL, password=None, **by_name)
    client = Client()
    client.force_login(person)
    print(json.dumps({name: morsel.value for name, morsel in client.cookies.items()}))


if __name__ == "__main__":
    main()
