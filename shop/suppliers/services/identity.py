"""Who a supplier is to the law, as its licence says."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.credit_codes import normalise_credit_code
from shop.journal.services import record as journal
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.identity_models import SupplierIdentity
from shop.suppliers.services.keeping import locked_supplier

LENGTHS = {"legal_person": 60, "address": 120, "phone": 20}


@dataclass(frozen=True, kw_only=True)
class IdentityDraft:
    """What the licence says; only the credit code has to be there."""

    credit_code: str
    legal_person: str = ""
    address: str = ""
    phone: str = ""


def save_identity(*, code: str, draft: IdentityDraft, actor_id: int | None) -> SupplierIdentity:
    """Keep who the supplier is, journalled; safe to repeat.

    Raises ShopError naming the field: credit_code that is missing or none, a text that is too long; SupplierError
    (unknown_supplier).
    """
    values = {name: " ".join(text.split()) for name, text in asdict(draft).items()}
    values["credit_code"] = normalise_credit_code(draft.credit_code)
    if not values["credit_code"]:
        raise SupplierError(
            _("Give the supplier's unified social credit code."), code="credit_code", field="credit_code"
        )
    for name, most in LENGTHS.items():
        if len(values[name]) > most:
            raise SupplierError(
                _("At most %(most)d characters fit here.") % {"most": most}, code="too_long", field=name
            )
    with transaction.atomic():
        supplier = locked_supplier(code)
        known = SupplierIdentity.objects.filter(supplier=supplier).first()
        before = {name: getattr(known, name) for name in values} if known else {}
        if known is not None and before == values:
            return known
        saved, _made = SupplierIdentity.objects.update_or_create(
            supplier=supplier, defaults={**values, "saved_by": actor_id, "saved_at": clock.now()}
        )
        journal(
            actor_id=actor_id,
            action="supplier.identity_set",
            object_type="supplier",
            object_key=supplier.code,
            before={"credit_code": before["credit_code"]} if before else None,
            after={"credit_code": values["credit_code"]},
        )
    return saved
