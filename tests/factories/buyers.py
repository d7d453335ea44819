"""Organisations that buy."""

import datetime as dt

from oscar.apps.catalogue.models import Product

from shop.accounts.models import User
from shop.buyers.models import MemberRole, Organisation, OrganisationState, PaymentTerms
from shop.buyers.services import add_member, approve_terms, propose_terms
from shop.core import clock
from shop.ordering.models import StockBalance
from tests.factories.places import LONG_AGO


def make_organisation(
    *,
    code: str = "un-001",
    name: str = "萧山区教育工会",
    kind: str = "union",
    of_district: bool = True,
    state: OrganisationState = OrganisationState.VERIFIED,
    credit_code: str = "",
    buyer: User | None = None,
    approver: User | None = None,
    acceptor: User | None = None,
    finance: User | None = None,
    owner: User | None = None,
) -> Organisation:
    """Return the organisation of that code, verified, with these members."""
    verified = {"verified_by": 1, "verified_at": clock.now()} if state == OrganisationState.VERIFIED else {}
    organisation, _ = Organisation.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "kind": kind,
            "of_district": of_district,
            "state": state,
            "credit_code": credit_code,
            "registered_at": clock.now(),
            **verified,
        },
    )
    members = (
        (buyer, MemberRole.BUYER),
        (approver, MemberRole.APPROVER),
        (acceptor, MemberRole.ACCEPTOR),
        (finance, MemberRole.FINANCE),
        (owner, MemberRole.OWNER),
    )
    for user, role in members:
        if user is not None:
            add_member(organisation_id=organisation.pk, user_id=user.pk, role=role, actor_id=None)
            # Their sessions ended with it; who logs in below logs in after that.
            user.refresh_from_db(fields=["session_version"])
    return organisation


def make_terms(
    *,
    organisation: Organisation,
    limit_fen: int = 1_000_000,
    days: int = 30,
    starts_on: dt.date = LONG_AGO,
    ends_on: dt.date | None = None,
) -> PaymentTerms:
    """Return approved terms."""
    terms = propose_terms(
        organisation_id=organisation.pk,
        starts_on=starts_on,
        ends_on=ends_on,
        days_after_acceptance=days,
        limit_fen=limit_fen,
        proposed_by=901,
    )
    return approve_terms(terms_id=terms.pk, approved_by=902)


def make_bulk_stock(*, product: Product, units: int) -> StockBalance:
    """Put units into the bulk pool; retail keeps its own."""
    stockrecord = product.stockrecords.get()
    balance, _ = StockBalance.objects.update_or_create(
        stockrecord=stockrecord, pool="bulk", defaults={"on_hand": units}
    )
    return balance
