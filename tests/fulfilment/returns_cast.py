"""What the tests of after-sales start from: the mixed order, delivered, and photos."""

import datetime as dt
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from shop.core import clock
from shop.fulfilment import services
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.services import Claim, open_return
from tests.fulfilment.cast import ACTOR, Mixed, mixed_order, scope_of_supplier, ship

TEA_CO, PEAR_CO = scope_of_supplier("tea-co"), scope_of_supplier("pear-co")
BUYER, SUPPLIER, STAFF, SECOND_STAFF = 901, 902, 903, 904


def photo(name: str = "jar.png") -> SimpleUploadedFile:
    """Return a small picture as a phone would send it."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), (180, 120, 40)).save(buffer, "PNG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/png")


def sign(order: SupplierOrder, at: dt.datetime | None = None) -> Parcel:
    """Ship all that is left of a supplier order and let the courier deliver it."""
    parcel = ship(order)
    return services.record_signed(parcel_id=parcel.pk, signed_at=at or clock.now(), actor_id=ACTOR)


def delivered(**fields: Any) -> Mixed:
    """Return the mixed order with both parcels signed for."""
    mixed = mixed_order(**fields)
    sign(mixed.first)
    sign(mixed.second)
    return mixed


def claim(mixed: Mixed, units: dict[int, int] | None = None, **fields: Any) -> Claim:
    """Return a claim of one damaged tea, with a photo, unless said otherwise."""
    values: dict[str, Any] = {
        "kind": "refund_only",
        "reason": "damaged",
        "units_by_share": {mixed.tea.pk: 1} if units is None else units,
        "photos": [photo()],
    }
    return Claim(**values | fields)


def opened(mixed: Mixed, units: dict[int, int] | None = None, **fields: Any) -> ReturnRequest:
    """Return a case that waits for the tea company."""
    order = fields.pop("order", mixed.first)
    actor_id = fields.pop("actor_id", BUYER)
    return open_return(
        record_id=mixed.record.pk,
        supplier_order_id=order.pk,
        claim=claim(mixed, units, **fields),
        actor_id=actor_id,
    )
