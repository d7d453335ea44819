"""Certify what the ledger confirms."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.buyers.models import Organisation
from shop.certificates.codes import new_code
from shop.certificates.exceptions import CertificateError
from shop.certificates.models import Certificate, CertificateKind, CertifiedSum, ShareImage
from shop.certificates.sums import Cells, by_place, resident_cells, sums_digest, unit_cells
from shop.certificates.texts import canonical_text, digest_of
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record
from shop.ledger.periods import month_end
from shop.ledger.posting import RULE_VERSION
from shop.ledger.rollups.settling import last_entry
from shop.reporting.periods import Period

FIRST_YEAR = 2021
#: A certificate speaks of at most so many months.
MOST_MONTHS = 36


@transaction.atomic
def issue_unit_certificate(
    *, organisation_id: int, first: dt.date, last: dt.date, demo: bool, actor_id: int
) -> Certificate:
    """Certify what is confirmed and credited to a unit in the months from `first` to `last` (any day of them).

    Only months that have ended: what still comes in changes no certificate. Returns the one there is when the
    ledger says the same of the same period: safe to call twice. Raises CertificateError (nothing is written) for
    a period that does not exist, has not ended or is too long, and where nothing is confirmed.
    """
    unit = lock(Organisation.objects.filter(pk=organisation_id)).get()
    period = _ended_months(first, last)
    cells = unit_cells(unit.code, period, demo)
    if sum(cells.values()) <= 0:
        raise CertificateError(
            _("Nothing that is credited to %(unit)s was confirmed from %(first)s to %(last)s.")
            % {"unit": unit.name, "first": f"{period.start:%Y-%m}", "last": f"{period.end:%Y-%m}"},
            code="nothing_confirmed",
            field="first",
        )
    return _issue(
        Certificate(
            kind=CertificateKind.UNIT,
            organisation=unit.code,
            organisation_name=unit.name,
            starts_on=period.start,
            ends_on=period.end,
            demo=demo,
            issued_by=actor_id,
        ),
        cells,
    )


@transaction.atomic
def issue_resident_certificate(*, user_id: int, year: int, demo: bool) -> Certificate:
    """Certify what is confirmed of a person's own purchases in a year, and have its picture drawn.

    Returns the one there is when the ledger says the same on the same day: safe to call twice. Raises
    CertificateError (nothing is written) for a year to come and where nothing is confirmed.
    """
    lock(User.objects.filter(pk=user_id)).get()
    today = clock.today()
    if not FIRST_YEAR <= year <= today.year:
        raise CertificateError(
            _("There are no figures of %(year)s.") % {"year": year}, code="no_such_year", field="year"
        )
    cells = resident_cells(user_id, year, demo)
    if not cells:
        raise CertificateError(
            _("None of your purchases is confirmed in %(year)s yet.") % {"year": year},
            code="nothing_confirmed",
            field="year",
        )
    certificate = _issue(
        Certificate(
            kind=CertificateKind.RESIDENT,
            resident_id=user_id,
            starts_on=dt.date(year, 1, 1),
            ends_on=min(today, dt.date(year, 12, 31)),
            demo=demo,
            orders=len({cell.order_number for cell in cells}),
            issued_by=user_id,
        ),
        cells,
    )
    ShareImage.objects.get_or_create(certificate=certificate)
    return certificate


def _ended_months(first: dt.date, last: dt.date) -> Period:
    """Return the whole months from one to another. Raises CertificateError."""
    start, end = first.replace(day=1), month_end(last) - dt.timedelta(days=1)
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if months < 1:
        raise CertificateError(_("The last month is before the first."), code="wrong_period", field="last")
    if start.year < FIRST_YEAR:
        raise CertificateError(_("There are no figures before 2021."), code="wrong_period", field="first")
    if end >= clock.today():
        raise CertificateError(
            _("%(month)s has not ended: a certificate speaks of months that have.")
            % {"month": f"{end:%Y-%m}"},
            code="not_ended",
            field="last",
        )
    if months > MOST_MONTHS:
        raise CertificateError(
            _("A certificate speaks of at most %(months)s months.") % {"months": MOST_MONTHS},
            code="wrong_period",
            field="first",
        )
    return Period(start, end)


def _issue(new: Certificate, cells: Cells) -> Certificate:
    """Write a certificate with its sums, or return the same one that is there; whose it is, is locked."""
    new.sums_digest = sums_digest(cells)
    subject = {
        name: getattr(new, name)
        for name in ("kind", "organisation", "resident_id", "starts_on", "ends_on", "demo", "sums_digest")
    }
    found = Certificate.objects.filter(**subject).first()
    if found is not None:
        return found
    new.code = new_code()
    new.rule_version = RULE_VERSION
    new.confirmed_fen = sum(cells.values())
    new.through_entry = last_entry()
    new.issued_at = clock.now()
    new.digest = digest_of(canonical_text(new, by_place(cells.items())))
    new.save(force_insert=True)
    CertifiedSum.objects.bulk_create(
        [
            CertifiedSum(
                certificate=new,
                region=cell.region,
                programme=cell.programme,
                month=cell.month,
                source_key=cell.source_key,
                order_number=cell.order_number,
                fen=fen,
            )
            for cell, fen in sorted(cells.items(), key=lambda item: (item[0].source_key, item[0].region))
        ],
        batch_size=500,
    )
    record(
        actor_id=new.issued_by,
        action="certificate.issued",
        object_type="certificate",
        object_key=new.code,
        after={
            "kind": new.kind,
            "organisation": new.organisation,
            "starts_on": f"{new.starts_on}",
            "ends_on": f"{new.ends_on}",
            "confirmed_fen": new.confirmed_fen,
            "digest": new.digest,
        },
    )
    return new
