"""Many certificates at once, for counting queries."""

import datetime as dt

from shop.certificates.models import Certificate, CertificateKind, CertifiedSum, ShareImage
from shop.core import clock

#: The code of the certificate that has all the sums.
LONG_CODE = "00000000ZZZ0"


def certificates(span: range, *, resident_id: int, organisation: str) -> None:
    """Issue certificates to a resident and to a unit, and one of a resident that grows by a share for each row."""
    made = Certificate.objects.bulk_create(
        _certificate(f"{number:011d}{end}", **subject)
        for number in span
        for end, subject in (
            ("R", {"kind": CertificateKind.RESIDENT, "resident_id": resident_id}),
            ("Q", {"kind": CertificateKind.UNIT, "organisation": organisation}),
        )
    )
    ShareImage.objects.bulk_create(
        ShareImage(certificate=one, ready_at=clock.now()) for one in made if one.resident_id
    )
    long = Certificate.objects.filter(code=LONG_CODE).first()
    if long is None:
        long = _certificate(LONG_CODE, kind=CertificateKind.RESIDENT, resident_id=0)
        long.save()
    CertifiedSum.objects.bulk_create(
        CertifiedSum(
            certificate=long,
            region="wangcang",
            programme="east-west",
            source_key=f"share:{number}",
            order_number=f"YS{number:06d}",
            fen=1,
        )
        for number in span
    )


def _certificate(code: str, **subject: object) -> Certificate:
    return Certificate(
        code=code,
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 10, 31),
        demo=True,
        rule_version="1",
        confirmed_fen=100,
        through_entry=0,
        sums_digest=code,
        digest=code,
        issued_by=1,
        issued_at=clock.now(),
        **subject,
    )
