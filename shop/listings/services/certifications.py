"""Keep the certificates of kinds of products."""

from dataclasses import dataclass

from django.db import transaction

from shop.journal.upsert import Upserted, upsert_journalled
from shop.listings.models import Certification
from shop.regions.models import PartnerRegion


@dataclass(frozen=True, kw_only=True)
class CertificationDraft:
    """A certificate; `code` is its key, `year` as published (2019-2020)."""

    code: str
    region: PartnerRegion
    name_zh: str
    name_en: str = ""
    scheme: str
    year: str
    scope_note: str
    source: str


@transaction.atomic
def save_certification(*, draft: CertificationDraft, actor_id: int | None) -> Upserted[Certification]:
    """Create or change a certificate, journalled."""
    values = {
        "region": draft.region,
        "name_zh": draft.name_zh,
        "name_en": draft.name_en,
        "scheme": draft.scheme,
        "year": draft.year,
        "scope_note": draft.scope_note,
        "source": draft.source,
    }
    return upsert_journalled(
        model=Certification, key={"code": draft.code}, values=values, actor_id=actor_id, object_key=draft.code
    )
