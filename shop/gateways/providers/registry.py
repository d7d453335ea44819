"""Which providers this shop may use now; decided at every call, not at import."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.core.exceptions import ShopError
from shop.gateways.providers.bank_transfer import BankTransferProvider
from shop.gateways.providers.base import BillingProvider, Provider
from shop.gateways.providers.demo import DemoProvider
from shop.gateways.providers.stripe import StripeProvider, access
from shop.ordering.status import PayMethod


def enabled() -> list[str]:
    """Return the names of the usable providers, in the order a cashier page offers them.

    Stripe needs its two keys. Play money exists only with settings.SHOP_DEMO; a bank transfer needs an account, which
    the demonstration replaces by a labelled placeholder.
    """
    names: list[str] = []
    if settings.SHOP_DEMO:
        names.append(PayMethod.DEMO.value)
    if access().usable:
        names.append(PayMethod.STRIPE.value)
    if settings.SHOP_DEMO or all(settings.BANK_TRANSFER_ACCOUNT.values()):
        names.append(PayMethod.BANK_TRANSFER.value)
    return names


def provider(name: str) -> Provider:
    """Return the provider. Raises ShopError (code method_unavailable) when it may not be used now."""
    if name in enabled():
        if name == PayMethod.DEMO:
            return DemoProvider()
        if name == PayMethod.STRIPE:
            return StripeProvider()
        if name == PayMethod.BANK_TRANSFER:
            return BankTransferProvider()
    raise ShopError(_("This way of paying is not available now."), code="method_unavailable", field="method")


def billing_providers() -> list[BillingProvider]:
    """Return the usable providers that keep an account for the shop and show its movements."""
    billing: list[BillingProvider] = [StripeProvider()] if access().usable else []
    return [*billing, DemoProvider()] if settings.SHOP_DEMO else billing


def pays_demo_orders(name: str) -> bool:
    """Return whether the money of this provider is play money: it pays demonstration orders, and only these."""
    return name == PayMethod.DEMO or (name == PayMethod.STRIPE and not access().live)
