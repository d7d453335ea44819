"""Which state may follow which: of an organisation and of its papers. docs/states.md is written from them."""

from django.utils.translation import gettext as _

from shop.buyers.exceptions import BuyersError
from shop.buyers.models import OrganisationState
from shop.buyers.paper_models import PaperState
from shop.core.states import BEGINNING, Move, StateTable

ORGANISATION = StateTable(
    "Organisation",
    "buyers.Organisation.state",
    (
        Move(
            BEGINNING,
            OrganisationState.PENDING,
            "written down by staff, or by a person of its own",
            ("buyers.register_organisation", "buyers.register_own_unit"),
            "organisation.registered",
        ),
        Move(
            OrganisationState.PENDING,
            OrganisationState.VERIFIED,
            "a person of the shop has compared its papers",
            ("buyers.verify_organisation",),
            "organisation.verified",
        ),
        Move(
            OrganisationState.SUSPENDED,
            OrganisationState.VERIFIED,
            "it may order again",
            ("buyers.verify_organisation",),
            "organisation.verified",
        ),
        *(
            Move(
                old,
                OrganisationState.SUSPENDED,
                "it may not order for now",
                ("buyers.suspend_organisation",),
                "organisation.suspended",
            )
            for old in (OrganisationState.PENDING, OrganisationState.VERIFIED)
        ),
    ),
)
PAPER = StateTable(
    "Paper of an organisation",
    "buyers.OrganisationPaper.state",
    (
        Move(
            BEGINNING,
            PaperState.UPLOADED,
            "uploaded by the unit's owner, or by staff",
            ("buyers.upload_paper",),
            "organisation.paper_uploaded",
        ),
        Move(
            PaperState.UPLOADED,
            PaperState.VERIFIED,
            "another person has compared it",
            ("buyers.verify_paper",),
            "organisation.paper_verified",
        ),
        Move(
            PaperState.UPLOADED,
            PaperState.REFUSED,
            "another person cannot accept it",
            ("buyers.refuse_paper",),
            "organisation.paper_refused",
        ),
        Move(
            PaperState.UPLOADED,
            PaperState.REPLACED,
            "a newer one was uploaded before anybody looked",
            ("buyers.upload_paper",),
            "organisation.paper_replaced",
        ),
        Move(
            PaperState.VERIFIED,
            PaperState.REPLACED,
            "a newer one holds in its place",
            ("buyers.verify_paper",),
            "organisation.paper_replaced",
        ),
    ),
)
TABLES = (ORGANISATION, PAPER)


def require(table: StateTable, old: str, new: str) -> None:
    """Raise BuyersError (wrong_state) when the table has no such move."""
    if not table.allows(old, new):
        raise BuyersError(
            _("This is no longer possible: somebody has changed it meanwhile. Please reload the page."),
            code="wrong_state",
        )
