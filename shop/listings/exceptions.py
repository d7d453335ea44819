from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError
from shop.core.states import WrongMove


class ListingError(ShopError):
    """A product, price or freight template that cannot be kept or published; `field` names what is wrong."""


class ListingMoved(WrongMove, ListingError):
    """A proposal or a draft is in a state that does not allow this; nothing was written."""

    def __init__(self, *, what: str, old: str, new: str) -> None:
        super().__init__(what=what, old=old, new=new)
        self.message = _("This is no longer possible: somebody decided it meanwhile. Please reload the page.")

    def __str__(self) -> str:
        return str(self.message)
