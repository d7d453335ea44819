"""Put right what the ledger says of a share: asked for with a paper by one person, decided by another.

The entries stay; an approval posts their exact reversal and the same fen under the new values.
"""

import secrets
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.files.models import FileKind
from shop.files.services import store_file
from shop.journal.services import record
from shop.ledger.book import Source
from shop.ledger.fact_models import Correction, CorrectionReason, CorrectionState
from shop.ledger.models import EntryKind
from shop.ledger.selectors import order_book
from shop.ledger.transitions import CORRECTION
from shop.outbox.services import append
from shop.regions.models import Pairing, PartnerRegion, Programme

#: What a correction may say anew. Eligibility follows from decisions about claims, never from a correction.
CORRECTABLE = (
    "region",
    "programme",
    "buyer_kind",
    "credited_organisation",
    "mode",
    "channel",
)
NOTE_LENGTH = 200


class CorrectionError(ShopError):
    """A correction that is not possible. Nothing was written."""


def correctable_sources(order_number: str) -> list[Source]:
    """Return the paid shares of an order as the ledger has them, in line order; none for an unknown order."""
    book = order_book(order_number, [])
    paid = [
        source for source in book.sources.values() if source.kind == EntryKind.GOODS and source.applied.cells
    ]
    return sorted(paid, key=lambda source: (source.facts["line_number"], source.key))


def request_correction(
    *,
    order_number: str,
    source_key: str,
    facts: dict[str, str],
    reason: str,
    note: str,
    upload: "UploadedFile[Any] | None",
    actor_id: int,
) -> Correction:
    """Ask that a share be counted under other values; nothing is posted before another person approves.

    Raises CorrectionError naming the field: no paid share of that key, nothing that changes, an unknown region,
    programme or unit, no pairing, no attachment, no note, one that waits already; FileRefused. Nothing is written.
    """
    source = _source(order_number, source_key)
    changed = _changes(source, facts)
    proof = _proof(reason, note, upload)
    with transaction.atomic():
        _require_none_waits(source_key)
        number = f"GZ{clock.today():%Y%m%d}-{secrets.token_hex(3).upper()}"
        correction = Correction.objects.create(
            number=number,
            order_number=order_number,
            source_key=source_key,
            title=f"{source.facts['line_number'] or source.key} {source.facts['product_name']}"[:160],
            before={name: source.facts[name] for name in changed},
            facts=changed,
            reason=reason,
            note=note.strip()[:NOTE_LENGTH],
            attachment=store_file(
                upload=proof,
                kind=FileKind.DOCUMENT,
                owner_type="correction",
                owner_key=number,
                uploaded_by=actor_id,
                account="corrections",
            ),
            requested_by=actor_id,
            requested_at=clock.now(),
        )
        _journal("correction.requested", correction, actor_id, correction.note)
    return correction


def _proof(reason: str, note: str, upload: "UploadedFile[Any] | None") -> "UploadedFile[Any]":
    """Return the paper; raise CorrectionError where it, the reason or the words are missing."""
    if reason not in CorrectionReason.values:
        raise CorrectionError(_("Choose a reason."), code="reason", field="reason")
    if not note.strip():
        raise CorrectionError(_("Say in words what is wrong."), code="note", field="note")
    if upload is None:
        raise CorrectionError(
            _("A correction needs an attachment that proves it."), code="attachment", field="attachment"
        )
    return upload


def _require_none_waits(source_key: str) -> None:
    if lock(Correction.objects.filter(source_key=source_key, state=CorrectionState.REQUESTED)).exists():
        raise CorrectionError(
            _("A correction of this line waits already. Decide that one first."), code="twice"
        )


def decide_correction(*, number: str, approve: bool, note: str, actor_id: int) -> Correction:
    """Approve a correction, so that it is posted, or refuse it with a reason. The same decision twice changes nothing.

    Raises CorrectionError: the person who asked for it, a refusal without a reason, a share that has changed
    since, one that is decided otherwise, an unknown one. Nothing is written then.
    """
    wanted = CorrectionState.APPROVED if approve else CorrectionState.REFUSED
    with transaction.atomic():
        correction = lock(Correction.objects.filter(number=number)).first()
        if correction is None:
            raise CorrectionError(_("There is no such correction."), code="unknown")
        if correction.state == wanted:
            return correction
        if not CORRECTION.allows(correction.state, wanted):
            raise CorrectionError(_("This correction has been decided already."), code="decided")
        if correction.requested_by == actor_id:
            raise CorrectionError(_("Whoever asked for a correction does not decide it."), code="same_person")
        if not approve and not note.strip():
            raise CorrectionError(_("Say why it is refused."), code="note", field="note")
        if approve:
            _require_unchanged(correction)
        correction.state, correction.decided_by = wanted, actor_id
        correction.decided_at, correction.decision_note = clock.now(), note.strip()[:NOTE_LENGTH]
        correction.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        _journal(f"correction.{wanted}", correction, actor_id, correction.decision_note)
        if approve:
            item = {"source_key": correction.source_key, "facts": correction.facts}
            payload = {
                "order": correction.order_number,
                "correction": correction.number,
                "reason": correction.reason,
                "items": [item],
            }
            append(topic="correction.approved", stream=correction.order_number, payload=payload)
    return correction


def _source(order_number: str, source_key: str) -> Source:
    for source in correctable_sources(order_number):
        if source.key == source_key:
            return source
    raise CorrectionError(
        _("The ledger has no paid line like this of order %(number)s.") % {"number": order_number},
        code="unknown",
        field="source",
    )


def _changes(source: Source, facts: dict[str, str]) -> dict[str, str]:
    """Return what really changes, checked. Raises CorrectionError naming the field."""
    changed = {
        name: value for name, value in facts.items() if name in CORRECTABLE and value != source.facts[name]
    }
    if not changed:
        raise CorrectionError(_("Change at least one value."), code="nothing")
    _require_place(source, changed)
    unit = changed.get("credited_organisation")
    if unit and not Organisation.objects.filter(code=unit).exists():
        raise CorrectionError(
            _("There is no unit %(code)s.") % {"code": unit}, code="unit", field="credited_organisation"
        )
    return changed


def _require_place(source: Source, changed: dict[str, str]) -> None:
    """A region and a programme go together only where a pairing says so."""
    if not {"region", "programme"} & set(changed):
        return
    region = changed.get("region", source.facts["region"])
    programme = changed.get("programme", source.facts["programme"])
    if not PartnerRegion.objects.filter(slug=region).exists():
        raise CorrectionError(
            _("There is no region %(slug)s.") % {"slug": region}, code="region", field="region"
        )
    if not Programme.objects.filter(slug=programme).exists():
        raise CorrectionError(
            _("There is no programme %(slug)s.") % {"slug": programme}, code="programme", field="programme"
        )
    if not Pairing.objects.filter(region__slug=region, programme__slug=programme).exists():
        raise CorrectionError(
            _("This region has never been paired under this programme."), code="pairing", field="programme"
        )


def _require_unchanged(correction: Correction) -> None:
    source = _source(correction.order_number, correction.source_key)
    if {name: source.facts[name] for name in correction.facts} != correction.before:
        raise CorrectionError(
            _("The ledger has changed this line meanwhile. Refuse the correction and ask for a new one."),
            code="changed",
        )


def _journal(action: str, correction: Correction, actor_id: int, reason: str) -> None:
    record(
        actor_id=actor_id,
        action=action,
        object_type="correction",
        object_key=correction.number,
        before=correction.before,
        after=correction.facts
        | {"order": correction.order_number, "attachment": correction.attachment.digest},
        reason=reason,
    )
