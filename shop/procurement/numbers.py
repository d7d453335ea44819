"""Numbers that nobody can guess."""

import secrets

from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.ordering.numbers import ALPHABET
from shop.procurement.lead_models import Lead
from shop.procurement.models import AcceptanceReport, PurchaseRequest

RANDOM_LENGTH = 8


def new_request_number() -> str:
    """Return a free number: CG (采购), the Shanghai date and 40 random bits, as CG20260301-7K2M9QXA."""
    while True:
        tail = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
        number = f"CG{clock.today():%Y%m%d}-{tail}"
        if not PurchaseRequest.objects.filter(number=number).exists():
            return number


def new_lead_number() -> str:
    """Return a free number: QT (洽谈), the Shanghai date and 40 random bits, as QT20260301-7K2M9QXA."""
    while True:
        tail = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
        number = f"QT{clock.today():%Y%m%d}-{tail}"
        if not Lead.objects.filter(number=number).exists():
            return number


def new_report_number(record: OrderRecord) -> str:
    """Return the next acceptance report's number of a locked order: YS20260301-7K2M9QXA-A1."""
    return f"{record.number}-A{AcceptanceReport.objects.filter(record=record).count() + 1}"
