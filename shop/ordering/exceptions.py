"""What ordering refuses, each with a message for the person who asked."""

from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError
from shop.core.states import WrongMove


class OrderingError(ShopError):
    """The root of the refusals of this app."""


class OutOfStock(OrderingError):
    """Fewer units are left than were asked for; nothing was allocated."""

    def __init__(self, *, product: str, left: int) -> None:
        message = (
            _("“%(product)s” has only %(left)d left. Please change the quantity.")
            if left
            else _("“%(product)s” is sold out.")
        )
        super().__init__(message % {"product": product, "left": left}, code="out_of_stock", field="quantity")
        self.product = product
        self.left = left


class QuoteChanged(OrderingError):
    """Price, freight or goods differ from what the buyer saw; `code` is quote_changed."""

    def __init__(self) -> None:
        super().__init__(
            _("Prices or freight have changed. Please look at the new amount and submit again."),
            code="quote_changed",
            field="digest",
        )


class CannotPlace(OrderingError):
    """The order cannot be placed as it is; `code` and `field` name why."""


class WrongState(WrongMove, OrderingError):
    """The order or request is in a state that does not allow this."""


class TermsRefused(OrderingError):
    """An order cannot be let go unpaid; `code` is not_on_terms, no_terms or limit."""


class AcceptanceRefused(OrderingError):
    """Units cannot be accepted or turned down like this; `code` and `field` name why."""


class RefundRefused(OrderingError):
    """A refund or reduction asks for more than is left, or for nothing."""


class StockRefused(OrderingError):
    """A change of stock would break a promise or was made on old figures."""


class AddressRefused(OrderingError):
    """An address cannot be kept like this; `code` and `field` name why."""


class InvoiceRefused(OrderingError):
    """An invoice cannot be made out like this; `code` and `field` name why."""
