"""The photos of a case, by links that die in minutes; the page that shows them has checked who looks."""

from shop.files.links import ShownFile, shown
from shop.files.selectors import files_of
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.opening import PHOTO_OWNER


def photos_of(case: ReturnRequest, *, user_id: int | None) -> list[ShownFile]:
    """Return the photos of a case for this person. One query."""
    return shown(files_of(PHOTO_OWNER, [str(case.pk)]).get(str(case.pk), []), user_id=user_id)
