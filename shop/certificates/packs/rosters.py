"""Papers that lie beside the pack's own PDF: the list that an order's people sign."""

import datetime as dt
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from shop.certificates.packs.asking import LANGUAGE
from shop.ordering.models import OrderRecord
from shop.procurement.recipients import people_of, roster_of, set_words
from shop.procurement.sign_off_pdf import sign_off_pdf
from shop.procurement.signing_off import papers_of, people_on


@dataclass(frozen=True)
class Annex:
    """A PDF that another app makes of an order; it lies beside the pack's own in the zip."""

    name: str
    body: bytes


@dataclass(frozen=True)
class Signing:
    """How many people get an order's goods, and how many have not signed; of erased ones nobody knows any more."""

    headcount: int
    unsigned: int
    erased_at: dt.datetime | None


def signing_of(record: OrderRecord) -> Signing | None:
    """Return how far an order's people have signed, None for an order with one recipient. Two queries at most."""
    roster = roster_of(record.purchase_request)
    if roster is None:
        return None
    unsigned = people_of(roster).filter(signed_on=None).count() if roster.erased_at is None else 0
    return Signing(roster.headcount, unsigned, roster.erased_at)


def sign_off_papers(record: OrderRecord) -> list[Annex]:
    """Return the list that an order's people sign, in its parts; none where it has one recipient or is erased."""
    roster = roster_of(record.purchase_request)
    if roster is None or roster.erased_at is not None:
        return []
    with translation.override(LANGUAGE):
        start, goods = _("Sign-off list"), set_words(record, roster)
    return [
        Annex(
            f"{start}-{paper.number}.pdf",
            sign_off_pdf(record.purchase_request, paper, people_on(paper, roster), goods),
        )
        for paper in papers_of(roster)
    ]
