"""Who gets the parcel."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.ordering.exceptions import CannotPlace

PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}")
LONGEST = {"name": 60, "phone": 20, "province": 20, "city": 40, "county": 40, "street": 200}


@dataclass(frozen=True)
class Recipient:
    """Name, phone and address in mainland China; `province` is spelled as in listings: 浙江省."""

    name: str
    phone: str
    province: str
    city: str
    county: str
    street: str

    def require_complete(self) -> None:
        """Raise CannotPlace naming the first field that is empty, too long or not a phone number."""
        for name, longest in LONGEST.items():
            value = getattr(self, name)
            if not value.strip():
                raise CannotPlace(
                    _("Please fill in the recipient and the whole address."), code="required", field=name
                )
            if len(value) > longest:
                raise CannotPlace(
                    _("At most %(most)d characters fit here.") % {"most": longest},
                    code="too_long",
                    field=name,
                )
        if not PHONE.fullmatch(self.phone):
            raise CannotPlace(_("This is not a phone number."), code="phone", field="phone")
