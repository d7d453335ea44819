"""Phone numbers: what people type, and the E.164 that is stored."""

import unicodedata

import phonenumbers
from django.utils.translation import gettext_lazy as _

from shop.core.exceptions import ShopError

HOME_REGION = "CN"
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def normalise_phone(typed: str) -> str:
    """Return the E.164 form of a mobile number; +86 where no country is typed.

    Takes spaces, hyphens, brackets and full-width characters as people type them.
    Raises ShopError (field "phone") when it is no number, or no mobile one.
    """
    plain = unicodedata.normalize("NFKC", typed).strip()
    try:
        if any(character.isalpha() for character in plain):
            raise phonenumbers.NumberParseException(1, "letters")
        number = phonenumbers.parse(plain, HOME_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ShopError(
            _("This is not a phone number. Type 11 digits, or + and the country code first."),
            code="phone_invalid",
            field="phone",
        )
    if phonenumbers.number_type(number) not in _MOBILE:
        raise ShopError(
            _("This is not a mobile number, so it cannot receive a code."),
            code="phone_not_mobile",
            field="phone",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown_phone(phone: str) -> str:
    """Return a stored number as people here read it: 138 0013 8000, or +1 … for another country."""
    if phone.startswith("+86") and len(phone) == 14:
        return f"{phone[3:6]} {phone[6:10]} {phone[10:]}"
    return phone


def masked_phone(phone: str) -> str:
    """Return a number that shows whose it is only to those who know it: 138****8000, or +1646****0148."""
    if len(phone) <= 8:
        return "****"
    return f"{phone[:-8]}****{phone[-4:]}".removeprefix("+86")
