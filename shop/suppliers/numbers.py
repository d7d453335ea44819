"""Numbers of applications that nobody can guess."""

import secrets

from shop.core import clock
from shop.suppliers.models import SupplierApplication

#: Crockford's base 32: no letter that is read as a digit.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 8


def new_application_number() -> str:
    """Return a free number: RZ (入驻), the Shanghai date and 40 random bits, as RZ20260301-7K2M9QXA."""
    while True:
        tail = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
        number = f"RZ{clock.today():%Y%m%d}-{tail}"
        if not SupplierApplication.objects.filter(number=number).exists():
            return number
