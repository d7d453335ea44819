"""The canonical text of a certificate: what its digest is the SHA-256 of. Holds nobody's name but a unit's."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping

from shop.certificates.models import Certificate

FORMAT = "yuanshan-certificate/1"
BASIS = "平台口径"


def canonical_text(certificate: Certificate, places: Mapping[tuple[str, str], int]) -> str:
    """Return what a certificate says, in the one way in which it is written. `places`: fen by region and programme."""
    sums = [
        {"region": region, "programme": programme, "fen": fen}
        for (region, programme), fen in sorted(places.items())
    ]
    body = {
        "format": FORMAT,
        "code": certificate.code,
        "kind": certificate.kind,
        "unit": certificate.organisation_name,
        "starts_on": certificate.starts_on.isoformat(),
        "ends_on": certificate.ends_on.isoformat(),
        "data": "demo" if certificate.demo else "real",
        "basis": BASIS,
        "rule_version": certificate.rule_version,
        "confirmed_fen": certificate.confirmed_fen,
        "orders": certificate.orders,
        "sums": sums,
        "sums_digest": certificate.sums_digest,
        "through_entry": certificate.through_entry,
        "issued_at": certificate.issued_at.astimezone(dt.UTC).isoformat(),
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()
