"""Papers of an organisation: uploaded by its owner or by staff, compared by another person of the shop."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.buyers.exceptions import BuyersError
from shop.buyers.keeping import locked, note, refuse_member, require_role
from shop.buyers.models import MemberRole, Organisation
from shop.buyers.paper_models import SINGLE_KINDS, OrganisationPaper, PaperKind, PaperState
from shop.buyers.transitions import PAPER, require
from shop.core import clock
from shop.files.links import ShownFile, shown
from shop.files.models import FileKind
from shop.files.services import remove_file, store_file

NUMBER_LENGTH = 60
REASON_LENGTH = 200
#: A paper of before this, or that ends after this, is a slip of the pen.
FIRST_DAY, LAST_DAY = dt.date(1949, 10, 1), dt.date(2199, 12, 31)
#: So many days ahead the page says that a paper ends.
SOON = 60


@dataclass(frozen=True, kw_only=True)
class PaperDraft:
    """What is typed about a paper; `expires_on` None: it has no end."""

    kind: str
    number: str = ""
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True)
class ShownPaper:
    """A paper with its file, as `shop/suppliers/_paper.html` shows one; its reader may see it."""

    document: OrganisationPaper
    file: ShownFile
    days_left: int | None

    @property
    def has_ended(self) -> bool:
        """Say whether its last day is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def ends_soon(self) -> bool:
        """Say whether a new one should be asked for."""
        return self.days_left is not None and 0 <= self.days_left <= SOON


def shown_papers(papers: Iterable[OrganisationPaper], *, user_id: int) -> list[ShownPaper]:
    """Return papers, read with their files, as this reader sees them. No query."""
    today, rows = clock.today(), list(papers)
    files = shown([paper.file for paper in rows], user_id=user_id)
    return [
        ShownPaper(paper, file, (paper.expires_on - today).days if paper.expires_on else None)
        for paper, file in zip(rows, files, strict=True)
    ]


def upload_paper(
    *,
    upload: "UploadedFile[Any]",
    paper: PaperDraft,
    organisation_id: int,
    actor_id: int,
    by_staff: bool = False,
) -> OrganisationPaper:
    """Store a paper of an organisation; it waits to be compared by another person. Not safe to call twice.

    A certificate uploaded before and not looked at yet is replaced; one that holds stays in force until the new one
    is checked. Raises BuyersError (not_a_member) for who is neither its owner nor, with `by_staff`, of the shop, and
    BuyersError or FileRefused naming the field; nothing is stored then.
    """
    values = _checked(paper)
    organisation = Organisation.objects.get(pk=organisation_id)
    if not by_staff:
        require_role(organisation, actor_id, MemberRole.OWNER)
    # Reading a picture takes a moment: nobody waits for a lock meanwhile.
    stored = store_file(
        upload=upload,
        kind=FileKind.DOCUMENT,
        owner_type="organisation",
        owner_key=organisation.code,
        uploaded_by=actor_id,
        account=f"organisation:{organisation.code}",
    )
    try:
        with transaction.atomic():
            organisation = locked(organisation_id)
            if not by_staff:
                require_role(organisation, actor_id, MemberRole.OWNER)
            _replace(organisation, paper.kind, PaperState.UPLOADED, actor_id)
            made = OrganisationPaper.objects.create(
                organisation=organisation,
                file=stored,
                uploaded_by=actor_id,
                uploaded_at=clock.now(),
                **values,
            )
            _note(organisation, made, "organisation.paper_uploaded", actor_id)
    except BuyersError:
        remove_file(file=stored, actor_id=actor_id)
        raise
    return made


def verify_paper(*, paper_id: int, actor_id: int) -> OrganisationPaper:
    """A person has compared the paper with what is typed about it; safe to call twice.

    A certificate that held before is replaced. Raises BuyersError (expired, own_paper, own_organisation, wrong_state).
    """
    with transaction.atomic():
        organisation, paper = _locked(paper_id)
        if paper.state == PaperState.VERIFIED:
            return paper
        _refuse_own(organisation, paper, actor_id)
        if paper.expires_on is not None and paper.expires_on < clock.today():
            raise BuyersError(
                _("The paper ended on %(day)s; ask for a new one.") % {"day": paper.expires_on},
                code="expired",
            )
        _replace(organisation, paper.kind, PaperState.VERIFIED, actor_id)
        _move(paper, PaperState.VERIFIED, actor_id)
        _note(organisation, paper, "organisation.paper_verified", actor_id)
    return paper


def refuse_paper(*, paper_id: int, reason: str, actor_id: int) -> OrganisationPaper:
    """A person cannot accept the paper; its owner reads why. Safe to call twice: the first reason stays.

    Raises BuyersError naming the reason when it is missing, (own_paper, own_organisation, wrong_state).
    """
    reason = reason.strip()[:REASON_LENGTH]
    if not reason:
        raise BuyersError(_("Say why the paper is not accepted."), code="reason_missing", field="reason")
    with transaction.atomic():
        organisation, paper = _locked(paper_id)
        if paper.state == PaperState.REFUSED:
            return paper
        _refuse_own(organisation, paper, actor_id)
        paper.refusal = reason
        _move(paper, PaperState.REFUSED, actor_id)
        _note(organisation, paper, "organisation.paper_refused", actor_id, reason=reason)
    return paper


def _checked(paper: PaperDraft) -> dict[str, Any]:
    number = paper.number.strip()
    if paper.kind not in PaperKind.values:
        raise BuyersError(_("Choose what kind of paper it is."), code="kind", field="kind")
    if len(number) > NUMBER_LENGTH:
        raise BuyersError(
            _("At most %(most)d characters fit here.") % {"most": NUMBER_LENGTH},
            code="too_long",
            field="number",
        )
    if paper.issued_on is not None and not FIRST_DAY <= paper.issued_on <= clock.today():
        raise BuyersError(_("A paper is issued today or earlier."), code="issued_on", field="issued_on")
    if paper.expires_on is not None and not clock.today() <= paper.expires_on <= LAST_DAY:
        raise BuyersError(_("The paper has ended already."), code="expires_on", field="expires_on")
    return {
        "kind": paper.kind,
        "number": number,
        "issued_on": paper.issued_on,
        "expires_on": paper.expires_on,
    }


def _replace(organisation: Organisation, kind: str, state: PaperState, actor_id: int) -> None:
    """Let a newer paper of a kind of which one holds take the place of the one in this state; the owner is locked."""
    if kind not in SINGLE_KINDS:
        return
    for older in organisation.papers.filter(kind=kind, state=state).order_by("pk"):
        require(PAPER, older.state, PaperState.REPLACED)
        older.state = PaperState.REPLACED
        older.save(update_fields=["state"])
        _note(organisation, older, "organisation.paper_replaced", actor_id)


def _locked(paper_id: int) -> tuple[Organisation, OrganisationPaper]:
    """Return a paper with its organisation, whose row is what every step about its papers holds."""
    known = OrganisationPaper.objects.values_list("organisation_id", flat=True).get(pk=paper_id)
    return locked(known), OrganisationPaper.objects.get(pk=paper_id)


def _refuse_own(organisation: Organisation, paper: OrganisationPaper, actor_id: int) -> None:
    refuse_member(organisation, actor_id)
    if paper.uploaded_by == actor_id:
        raise BuyersError(
            _("You uploaded this paper yourself, so somebody else must check it."), code="own_paper"
        )


def _move(paper: OrganisationPaper, state: PaperState, actor_id: int) -> None:
    require(PAPER, paper.state, state)
    paper.state, paper.checked_by, paper.checked_at = state, actor_id, clock.now()
    paper.save(update_fields=["state", "checked_by", "checked_at", "refusal"])


def _note(
    organisation: Organisation, paper: OrganisationPaper, action: str, actor_id: int, *, reason: str = ""
) -> None:
    after = {
        "paper": paper.pk,
        "kind": paper.kind,
        "number": paper.number,
        "expires_on": str(paper.expires_on or ""),
        "state": str(paper.state),
    }
    note(organisation, action, actor_id, after=after, reason=reason)
