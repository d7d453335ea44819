"""What an address may hold in the place of a number: `<id:pk>`. Registered by the AppConfig of core."""

from django.urls.converters import IntConverter


class IdConverter(IntConverter):
    """A row's number. What no row can have - more than 18 digits - is no address of the shop, so it is a 404.

    Django's `int` takes any length, and a number beyond 64 bits is an error in a query on either database.
    """

    regex = "[0-9]{1,18}"
