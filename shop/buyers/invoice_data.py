"""What a unit's invoices say of it: kept once by its owner or finance, used by every purchase."""

from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from shop.buyers.exceptions import BuyersError
from shop.buyers.keeping import locked, note, require_role
from shop.buyers.models import InvoiceProfile, MemberRole, Organisation
from shop.core import clock
from shop.core.credit_codes import normalise_credit_code
from shop.core.exceptions import ShopError

#: Columns of a profile with the most characters that each takes.
LENGTHS = {"title": 80, "address": 120, "phone": 20, "bank": 80, "account": 40, "email": 254}


@dataclass(frozen=True)
class InvoiceData:
    """Title, tax number, address, telephone, bank, account, and where electronic invoices are sent."""

    title: str
    tax_number: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""
    email: str = ""


def save_invoice_data(*, organisation_id: int, data: InvoiceData, actor_id: int) -> InvoiceProfile:
    """Keep what the unit's invoices say of it; safe to repeat. Requests that exist keep what they have.

    Raises ShopError naming the field: a title that is missing, a tax number that is no credit code, or is missing (a
    demonstration needs none), a bank without account or the other way round, an address that is none; BuyersError
    (not_a_member) for who neither runs the unit nor sees to its money.
    """
    with transaction.atomic():
        organisation = locked(organisation_id)
        require_role(organisation, actor_id, MemberRole.OWNER, MemberRole.FINANCE)
        values = _checked(data, organisation)
        known = InvoiceProfile.objects.filter(organisation=organisation).first()
        before = {name: getattr(known, name) for name in values} if known else {}
        if before == values and known is not None:
            return known
        profile, _made = InvoiceProfile.objects.update_or_create(
            organisation=organisation,
            defaults={**values, "saved_by": actor_id, "saved_at": clock.now()},
        )
        # The journal says what changed; account and address stand in the profile alone.
        told = ("title", "tax_number")
        note(
            organisation,
            "organisation.invoice_set",
            actor_id,
            before={name: before[name] for name in told if name in before},
            after={name: values[name] for name in told},
        )
    return profile


def _checked(data: InvoiceData, organisation: Organisation) -> dict[str, Any]:
    values = {name: " ".join(text.split()) for name, text in asdict(data).items()}
    for name, most in LENGTHS.items():
        if len(values[name]) > most:
            raise BuyersError(
                _("At most %(most)d characters fit here.") % {"most": most}, code="too_long", field=name
            )
    if not values["title"]:
        raise BuyersError(_("Say to whom the invoice is made out."), code="title", field="title")
    try:
        values["tax_number"] = normalise_credit_code(values["tax_number"])
    except ShopError as refused:
        raise BuyersError(refused.message, code="tax_number", field="tax_number") from refused
    if not values["tax_number"] and not organisation.demo:
        raise BuyersError(
            _("An invoice to a unit needs its tax number."), code="tax_number", field="tax_number"
        )
    if bool(values["bank"]) != bool(values["account"]):
        missing = "account" if values["bank"] else "bank"
        raise BuyersError(_("Bank and account belong together."), code="account", field=missing)
    try:
        if values["email"]:
            validate_email(values["email"])
    except ValidationError as error:
        raise BuyersError(_("This is not an e-mail address."), code="email", field="email") from error
    return values
