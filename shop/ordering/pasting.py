"""A pasted text as what a form begins with, and in words what it does not say."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.accounts.phones import shown_phone
from shop.ordering.address_text import ParsedAddress, parsed_address


@dataclass(frozen=True)
class Recognised:
    """Values by the fields of RecipientForm, only those that were found, and a sentence for each that was not."""

    values: dict[str, str]
    missing: list[str]


def recognised(text: str) -> Recognised:
    """Take a pasted text apart; nothing is saved."""
    if not text.strip():
        return Recognised({}, [_("Please paste the name, the number and the address first.")])
    found = parsed_address(text)
    values = {
        "recipient_name": found.recipient_name,
        "phone": shown_phone(found.phone),
        "street": found.street,
    }
    values = {name: value for name, value in values.items() if value}
    if found.province:
        # All three, so that no county of another city stays in the form.
        values |= {"province": found.province, "city": found.city, "county": found.county}
    return Recognised(values, _missing(found))


def _missing(found: ParsedAddress) -> list[str]:
    sentences = {
        "recipient_name": _("The text names no recipient."),
        "phone": _("The number in the text is no mobile number; please type one that receives messages.")
        if found.wrong_number
        else _("The text has no mobile number."),
        "province": _("The text names no province, city and district that belong together."),
        "city": _("The text does not say which city."),
        "county": _("The text does not say which district or county."),
        "street": _("The text names no street and house number."),
    }
    missing = [name for name in found.missing if name not in ("city", "county")]
    if "province" not in missing:
        missing += [name for name in ("city", "county") if name in found.missing][:1]
    return [sentences[name] for name in sentences if name in missing]
