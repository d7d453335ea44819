"""Make the contracts of an order, keep signed copies with them, and say who may read which."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.buyers.selectors import terms_on
from shop.core import clock
from shop.core.locks import lock
from shop.files.inspecting import inspect
from shop.files.models import FileKind, StoredFile
from shop.files.services import store_file
from shop.journal.services import record as journal
from shop.listings.models import Listing
from shop.ordering.models import ChargeShare, LineShare, OrderRecord
from shop.ordering.numbers import ALPHABET
from shop.ordering.status import PaymentState
from shop.procurement.contract_clauses import LANGUAGE, clauses_today
from shop.procurement.contract_models import Contract
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PayBy, PurchaseRequest
from shop.procurement.rules import contract_from_fen
from shop.suppliers.models import Supplier, SupplierApplication

OWNER = "contract"
#: Of each party: neither takes the other's place.
MOST_SCANS = 6
RANDOM_LENGTH = 8


def make_contracts(record: OrderRecord, request: PurchaseRequest, *, actor_id: int) -> list[Contract]:
    """Make a contract with each supplier of an order, where today's rule asks for one of its sum.

    Call it in the transaction that places the order; safe to call twice, a contract is never made anew. A fixed
    number of queries to read, one row and one entry of the journal for each supplier.
    """
    least = contract_from_fen()
    if least is None or record.goods_fen + record.charges_fen < least:
        return []
    known = {contract.supplier_id: contract for contract in Contract.objects.filter(record=record)}
    shares = list(record.shares.select_related("line", "supplier__region").order_by("number"))
    charges = list(record.charges.order_by("number"))
    listings = Listing.objects.in_bulk([share.line.product_id for share in shares], field_name="product_id")
    suppliers = {share.supplier_id: share.supplier for share in shares}
    codes = _credit_codes(suppliers)
    common = _common(record, request)
    made = []
    for supplier in suppliers.values():
        if supplier.pk in known:
            made.append(known[supplier.pk])
            continue
        own = [share for share in shares if share.supplier_id == supplier.pk]
        body = common | {
            "seller": {
                "name": supplier.name_zh,
                "credit_code": codes.get(supplier.pk, ""),
                "place": supplier.region.name_zh,
            },
            **_goods(own, [charge for charge in charges if charge.supplier_id == supplier.pk], listings),
        }
        with translation.override(LANGUAGE):
            body |= {"clauses": clauses_today(body)}
        made.append(_write(record, supplier, body, actor_id))
    return made


def contracts(scope: Scope) -> QuerySet[Contract]:
    """Return the contracts that a scope covers, the latest first: all, a unit's own, a supplier's own."""
    found = Contract.objects.select_related("record__purchase_request__organisation", "supplier")
    found = found.order_by("-made_at", "-pk")
    if scope.everything:
        return found
    if scope.suppliers:
        return found.filter(supplier__code__in=scope.suppliers)
    return found.filter(record__purchase_request__organisation__code__in=scope.organisations)


def scans_of(contract: Contract) -> QuerySet[StoredFile]:
    """Return the signed copies of a contract, oldest first. One query."""
    found = StoredFile.objects.filter(owner_type=OWNER, owner_key=contract.number, removed_at=None)
    return found.order_by("uploaded_at", "pk")


def has_ended(record: OrderRecord) -> bool:
    """Say whether the contracts of an order ended with it: it is closed, or all of its money has gone back."""
    if record.payment_state in (PaymentState.CLOSED, PaymentState.CLOSING):
        return True
    return 0 < record.paid_fen == record.refunded_fen


@transaction.atomic
def add_scan(*, contract: Contract, upload: "UploadedFile[Any]", account: str, actor_id: int) -> StoredFile:
    """Keep a signed copy with a contract on the quota of an account; journalled. The caller has checked who may.

    The same file of the same account again is the one that is there. Raises ProcurementError (too_many: each
    account keeps so many) and FileRefused; nothing is kept then.
    """
    lock(OrderRecord.objects.filter(pk=contract.record_id)).get()
    own = scans_of(contract).filter(account_id=account)
    if known := own.filter(digest=inspect(upload, FileKind.DOCUMENT).digest).first():
        return known
    if own.count() >= MOST_SCANS:
        raise ProcurementError(
            _("Each party keeps at most %(most)d signed copies of a contract.") % {"most": MOST_SCANS},
            code="too_many",
            field="file",
        )
    stored = store_file(
        upload=upload,
        kind=FileKind.DOCUMENT,
        owner_type=OWNER,
        owner_key=contract.number,
        uploaded_by=actor_id,
        account=account,
    )
    journal(
        actor_id=actor_id,
        action="contract.scan_uploaded",
        object_type="contract",
        object_key=contract.number,
        after={"digest": stored.digest},
    )
    return stored


def digest_of(body: dict[str, Any]) -> str:
    """Return the SHA-256 of a contract's body."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _common(record: OrderRecord, request: PurchaseRequest) -> dict[str, Any]:
    """Return what the contracts of an order have in common."""
    unit = request.organisation
    terms = terms_on(unit.pk, clock.today()) if request.pay_by == PayBy.TERMS else None
    return {
        # 2: with the clauses; 1, before that, had none.
        "format": 2,
        "buyer": {"name": unit.name, "credit_code": unit.credit_code},
        "order": record.number,
        "request": request.number,
        "placed_on": str(clock.local_date(record.placed_at)),
        "address": f"{record.province}{record.city}{record.county}{record.street}",
        "pay_by": str(request.pay_by),
        "days": terms.days_after_acceptance if terms else None,
        "demo": record.demo,
    }


def _goods(
    shares: Sequence[LineShare], charges: Sequence[ChargeShare], listings: dict[int, Listing]
) -> dict[str, Any]:
    lines = []
    for share in shares:
        listing = listings.get(share.line.product_id or 0)
        lines.append(
            {
                "sku": share.dims["product"],
                "title": share.line.title,
                "spec": listing.spec if listing else "",
                "unit": listing.unit if listing else "",
                "vat_percent": listing.vat_percent if listing else None,
                "quantity": share.units,
                "fen": share.fen,
            }
        )
    goods, freight = sum(share.fen for share in shares), sum(charge.fen for charge in charges)
    return {"lines": lines, "goods_fen": goods, "freight_fen": freight, "total_fen": goods + freight}


def _credit_codes(suppliers: dict[int, Supplier]) -> dict[int, str]:
    """Return the credit codes that suppliers gave when they applied; one who never did has none here. One query."""
    applied = SupplierApplication.objects.filter(supplier__in=suppliers)
    return dict(applied.values_list("supplier_id", "credit_code"))


def _write(record: OrderRecord, supplier: Supplier, body: dict[str, Any], actor_id: int) -> Contract:
    contract = Contract.objects.create(
        number=_new_number(),
        record=record,
        supplier=supplier,
        body=body,
        digest=digest_of(body),
        total_fen=body["total_fen"],
        made_at=clock.now(),
        demo=record.demo,
    )
    journal(
        actor_id=actor_id,
        action="contract.made",
        object_type="contract",
        object_key=contract.number,
        after={"order": record.number, "supplier": supplier.code, "digest": contract.digest},
    )
    return contract


def _new_number() -> str:
    """Return a free number: HT (合同), the Shanghai date and 40 random bits."""
    while True:
        tail = "".join(secrets.choice(ALPHABET) for _place in range(RANDOM_LENGTH))
        number = f"HT{clock.today():%Y%m%d}-{tail}"
        if not Contract.objects.filter(number=number).exists():
            return number
