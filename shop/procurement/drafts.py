"""A request while its buyer works on it: goods, recipient, way of paying."""

import hashlib
import json
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from oscar.apps.basket.models import Basket
from oscar.apps.basket.models import Line as BasketLine
from oscar.apps.partner.models import StockRecord

from shop.accounts.models import User
from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.recipients import Recipient
from shop.procurement.checking import Checked, check_rows, sku_key
from shop.procurement.deals import deal_of
from shop.procurement.exceptions import ProcurementError
from shop.procurement.invoices import InvoiceWish, checked_wish, kept_by, wish_of
from shop.procurement.members import BUYER, require_member
from shop.procurement.models import PayBy, PurchaseRequest, RequestState, UploadFile
from shop.procurement.numbers import new_request_number
from shop.procurement.uploads import ListedRow, ReadList

MAX_LINES = 5_000
#: Rows that get a value of their own in one statement: its cost grows with their square.
WRITTEN_TOGETHER = 500
RECIPIENT_COLUMNS = {
    "name": "recipient_name",
    "phone": "recipient_phone",
    "province": "province",
    "city": "city",
    "county": "county",
    "street": "street",
}
INVOICE_COLUMNS = {"title": "invoice_title", "tax_number": "invoice_tax_number", "email": "invoice_email"}


@transaction.atomic
def create_request(*, organisation_id: int, actor_id: int, purpose: str = "") -> PurchaseRequest:
    """Open an empty draft for a unit; the recipient is that of its latest request, the invoice what the unit keeps.

    A unit that keeps nothing for its invoices gets what its latest request had.

    Raises ProcurementError when the person is not a buyer of the unit or the unit is not verified.
    """
    organisation = Organisation.objects.get(pk=organisation_id)
    require_member(organisation=organisation, user_id=actor_id, roles=BUYER)
    latest = PurchaseRequest.objects.filter(organisation=organisation).exclude(recipient_name="")
    before = latest.order_by("-created_at", "-pk").first()
    kept = (*RECIPIENT_COLUMNS.values(), *INVOICE_COLUMNS.values())
    known = {column: getattr(before, column) for column in kept} if before else {}
    own = kept_by(organisation) or (None if before else wish_of(organisation))
    if own is not None:
        known |= {column: getattr(own, name) for name, column in INVOICE_COLUMNS.items()}
    request = PurchaseRequest.objects.create(
        number=new_request_number(),
        organisation=organisation,
        purpose=purpose.strip()[:60],
        # Frozen: no page of the shop takes it for a visitor's open basket.
        basket=Basket.objects.create(status=Basket.FROZEN),
        created_by_id=actor_id,
        created_at=clock.now(),
        demo=organisation.demo,
        **known,
    )
    write_step(request, "request.created", actor_id)
    return request


def draft_for(request_id: int, actor_id: int) -> PurchaseRequest:
    """Lock a draft for its unit's buyer; raises ProcurementError when it is none any more."""
    request = lock(PurchaseRequest.objects.filter(pk=request_id)).select_related("organisation").get()
    require_member(organisation=request.organisation, user_id=actor_id, roles=BUYER)
    if request.state != RequestState.DRAFT:
        raise ProcurementError(
            _("This request is no longer a draft: %(state)s.") % {"state": request.get_state_display()},
            code="not_a_draft",
        )
    return request


@transaction.atomic
def save_quantities(*, request_id: int, quantities: Mapping[int, int], actor_id: int) -> None:
    """Set the units of goods of a draft by product id; 0 takes them out. Safe to repeat.

    Stock and price are looked at when the request is shown and submitted, not here.
    """
    _write_lines(draft_for(request_id, actor_id), quantities)


@transaction.atomic
def add_goods(*, request_id: int, sku: str, quantity: str, actor_id: int) -> Checked:
    """Add typed units of a SKU to a draft; not safe to repeat. Raises ProcurementError naming the field."""
    request = draft_for(request_id, actor_id)
    columns = {"sku": _("SKU"), "quantity": _("Quantity")}
    row = ListedRow(1, sku.strip(), quantity.strip())
    checked = check_rows([row], columns=columns, deal=deal_of(request))
    for fault in checked.faults:
        raise ProcurementError(fault.reason, code=f"bad_{fault.field}", field=fault.field)
    standing = lines_of(request)
    added = {
        product_id: units + standing.get(product_id, 0) for product_id, units in checked.quantities().items()
    }
    _write_lines(request, added)
    return checked


@transaction.atomic
def store_upload(*, request_id: int, name: str, read: ReadList, actor_id: int) -> UploadFile:
    """Keep the rows of a file with the draft; nothing is applied.

    The same rows again, while they are still to be taken over, are the same upload with what was corrected on it.
    """
    request = draft_for(request_id, actor_id)
    cells = [[sku_key(row.sku), row.quantity] for row in read.rows]
    digest = hashlib.sha256(json.dumps(cells).encode()).hexdigest()
    same = UploadFile.objects.filter(request=request, digest=digest, applied_at=None).first()
    if same is not None:
        return same
    return UploadFile.objects.create(
        request=request,
        name=name[:120],
        digest=digest,
        columns={"sku": read.sku_column, "quantity": read.quantity_column},
        rows=[_kept(row) for row in read.rows],
        uploaded_by_id=actor_id,
        uploaded_at=clock.now(),
    )


def was_applied(upload: UploadFile) -> bool:
    """Say whether the same rows were taken over into this request before. One query."""
    same = UploadFile.objects.filter(request_id=upload.request_id, digest=upload.digest)
    return same.exclude(applied_at=None).exclude(pk=upload.pk).exists()


def rows_of(upload: UploadFile) -> list[ListedRow]:
    """Return the rows of a file as they stand, with the corrections made on its page."""
    return [
        ListedRow(int(row), str(sku), str(quantity), tuple(rounded))
        for row, sku, quantity, *rounded in upload.rows
    ]


def _kept(row: ListedRow) -> list[int | str]:
    return [row.row, row.sku, row.quantity, *row.rounded]


@transaction.atomic
def correct_upload(*, upload_id: int, changes: Mapping[int, tuple[str, str]], actor_id: int) -> None:
    """Write corrected texts into rows of a file by row number; a row left without both texts is dropped."""
    upload = _open_upload(upload_id, actor_id)
    rows = []
    for row in rows_of(upload):
        sku, quantity = (text.strip()[:60] for text in changes.get(row.row, (row.sku, row.quantity)))
        typed = {"sku": sku != row.sku, "quantity": quantity != row.quantity}
        rounded = tuple(field for field in row.rounded if not typed[field])
        if sku or quantity:
            rows.append(_kept(ListedRow(row.row, sku, quantity, rounded)))
    upload.rows = rows
    upload.save(update_fields=["rows"])


@transaction.atomic
def apply_upload(*, upload_id: int, seen: str, replace: bool, actor_id: int) -> Checked:
    """Put the good rows of a file into the draft, once: instead of its goods, or added to them.

    `seen` is the digest of what the buyer saw. A second call changes nothing, and rows that were taken over
    before can only take the place of the goods, so that no file counts twice. Raises ProcurementError:
    no_good_rows when no row can be ordered, changed when other rows are good now or prices are others, repeated.
    """
    upload = _open_upload(upload_id, actor_id, applied=True)
    checked = check_rows(rows_of(upload), columns=upload.columns, deal=deal_of(upload.request))
    if upload.applied_at is not None:
        return checked
    if not checked.good:
        raise ProcurementError(_("No row of this list can be ordered."), code="no_good_rows", field="file")
    if checked.digest != seen:
        raise ProcurementError(
            _("Prices or stock have changed since you saw this list. Please look again."), code="changed"
        )
    if not replace and was_applied(upload):
        raise ProcurementError(
            _("This list has been taken over into this request before; adding it again would double it."),
            code="repeated",
            field="file",
        )
    standing = lines_of(upload.request)
    wanted = checked.quantities()
    if replace:
        wanted = dict.fromkeys(standing, 0) | wanted
    else:
        wanted = {product_id: units + standing.get(product_id, 0) for product_id, units in wanted.items()}
    _write_lines(upload.request, wanted)
    faultpoint("procurement.upload.lines_written")
    upload.applied_at = clock.now()
    upload.save(update_fields=["applied_at"])
    write_step(
        upload.request,
        "request.uploaded",
        actor_id,
        after={"file": upload.name, "good": len(checked.good), "bad": len(checked.bad_rows)},
    )
    faultpoint("procurement.upload.before_commit")
    return checked


@transaction.atomic
def save_delivery(
    *,
    request_id: int,
    recipient: Recipient,
    pay_by: PayBy,
    message: str,
    purpose: str,
    invoice: InvoiceWish | None = None,
    actor_id: int,
) -> None:
    """Write where the goods go, how they are paid and to whom the invoice is made out; safe to repeat.

    Without `invoice` that one stays as it is. Raises CannotPlace or InvoiceRefused naming the field.
    """
    request = draft_for(request_id, actor_id)
    recipient.require_complete()
    if invoice is not None:
        wish = checked_wish(invoice, organisation=request.organisation)
        for name, column in INVOICE_COLUMNS.items():
            setattr(request, column, getattr(wish, name))
    for name, column in RECIPIENT_COLUMNS.items():
        setattr(request, column, getattr(recipient, name).strip())
    request.pay_by, request.message, request.purpose = pay_by, message.strip(), purpose.strip()
    columns = ["pay_by", "message", "purpose", *RECIPIENT_COLUMNS.values(), *INVOICE_COLUMNS.values()]
    request.save(update_fields=columns)


@transaction.atomic
def cancel_request(*, request_id: int, actor_id: int) -> None:
    """Give a draft or a rejected request up; safe to call twice."""
    request = lock(PurchaseRequest.objects.filter(pk=request_id)).select_related("organisation").get()
    require_member(organisation=request.organisation, user_id=actor_id, roles=BUYER)
    if request.state == RequestState.CANCELLED:
        return
    if request.state not in (RequestState.DRAFT, RequestState.REJECTED):
        raise ProcurementError(_("This request can no longer be withdrawn."), code="wrong_state")
    before, request.state = request.state, RequestState.CANCELLED
    request.save(update_fields=["state"])
    write_step(request, "request.cancelled", actor_id, before={"state": str(before)})


def lines_of(request: PurchaseRequest) -> dict[int, int]:
    """Return the units of a draft's goods by product id, in the order they were added. One query."""
    rows = BasketLine.objects.filter(basket_id=request.basket_id).order_by("date_created", "pk")
    return dict(rows.values_list("product_id", "quantity"))


def recipient_of(request: PurchaseRequest) -> Recipient:
    """Return who gets the goods."""
    return Recipient(**{name: getattr(request, column) for name, column in RECIPIENT_COLUMNS.items()})


def invoice_of(request: PurchaseRequest) -> InvoiceWish:
    """Return to whom the invoice is made out."""
    return InvoiceWish(**{name: getattr(request, column) for name, column in INVOICE_COLUMNS.items()})


def write_step(
    request: PurchaseRequest,
    action: str,
    actor: User | int,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    """Journal a step of a request."""
    journal(
        actor_id=actor.pk if isinstance(actor, User) else actor,
        action=action,
        object_type="request",
        object_key=request.number,
        before=before,
        after={"state": str(request.state), **(after or {})},
        reason=reason,
    )


def _open_upload(upload_id: int, actor_id: int, *, applied: bool = False) -> UploadFile:
    """Return a file of a draft whose row is locked; one that was applied only where that is no matter."""
    upload = UploadFile.objects.get(pk=upload_id)
    upload.request = draft_for(upload.request_id, actor_id)
    upload.refresh_from_db(fields=["rows", "applied_at"])
    if upload.applied_at is not None and not applied:
        raise ProcurementError(_("This list has been taken over already."), code="applied", field="file")
    return upload


def _write_lines(request: PurchaseRequest, quantities: Mapping[int, int]) -> None:
    rows = {row.product_id: row for row in BasketLine.objects.filter(basket_id=request.basket_id)}
    left = {*rows, *quantities} - {product_id for product_id, units in quantities.items() if units < 1}
    if len(left) > MAX_LINES:
        raise ProcurementError(
            _("A request holds at most %(most)d different goods.") % {"most": MAX_LINES},
            code="too_many_lines",
            field="file",
        )
    gone = [
        rows[product_id].pk for product_id, units in quantities.items() if units < 1 and product_id in rows
    ]
    BasketLine.objects.filter(pk__in=gone).delete()
    changed = []
    for product_id, units in quantities.items():
        if units > 0 and product_id in rows and rows[product_id].quantity != units:
            rows[product_id].quantity = units
            changed.append(rows[product_id])
    BasketLine.objects.bulk_update(changed, ["quantity"], batch_size=WRITTEN_TOGETHER)
    _add_lines(request, {pk: units for pk, units in quantities.items() if units > 0 and pk not in rows})


def _add_lines(request: PurchaseRequest, quantities: Mapping[int, int]) -> None:
    own = StockRecord.objects.filter(product__in=quantities, partner=F("product__listing__supplier__partner"))
    records = {record.product_id: record for record in own.order_by("-pk")}
    BasketLine.objects.bulk_create(
        BasketLine(
            basket_id=request.basket_id,
            line_reference=f"{product_id}_{records[product_id].pk}",
            product_id=product_id,
            stockrecord=records[product_id],
            quantity=units,
            price_currency="CNY",
        )
        for product_id, units in quantities.items()
        if product_id in records
    )
