"""Whether a unit may pay after acceptance: terms that stand today, and room under their limit."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.buyers.models import Organisation, PaymentTerms
from shop.buyers.selectors import terms_on
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.ordering.services import open_terms_fen
from shop.procurement.exceptions import ProcurementError


@dataclass(frozen=True)
class TermsOffer:
    """Terms that stand, and the fen that may still be ordered on them."""

    terms: PaymentTerms
    left_fen: int


def terms_offer(organisation: Organisation) -> TermsOffer | None:
    """Return the terms a unit may order on today, None when there are none. Two queries."""
    terms = terms_on(organisation.pk, clock.today())
    if terms is None:
        return None
    return TermsOffer(terms, max(terms.limit_fen - open_terms_fen(organisation.code), 0))


def require_terms(organisation: Organisation, total_fen: int) -> None:
    """Raise ProcurementError (no_terms, terms_limit) when this sum cannot be ordered on terms now.

    The decision is made again under lock when the order is released.
    """
    offer = terms_offer(organisation)
    if offer is None:
        raise ProcurementError(
            _("There are no approved terms for paying after acceptance today."),
            code="no_terms",
            field="pay_by",
        )
    if total_fen > offer.left_fen:
        raise ProcurementError(
            _("Only ¥%(left)s are left under the limit of your terms.")
            % {"left": shown_yuan(offer.left_fen)},
            code="terms_limit",
            field="pay_by",
        )
