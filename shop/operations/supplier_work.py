"""What of suppliers needs a person: applications, papers, origin claims, wishes, orders held by a suspension."""

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.conversations.selectors import waiting_for_staff
from shop.fulfilment.suspended import orders_held_by_suspension
from shop.listings.selectors.claims import claims_ending, claims_to_decide
from shop.listings.selectors.own_goods import open_proposals, submitted_drafts
from shop.operations.work import Work
from shop.opinions.review_selectors import reviews_to_look_at
from shop.ordering.cuts import stuck_cuts
from shop.suppliers.selectors import applications_to_decide, documents_ending, documents_to_check


def supplier_work(scope: Scope) -> list[Work]:
    """Return these kinds of work. No query."""
    return [*_paper_work(scope), *_claim_work(scope), *_goods_work(scope), *_talk_work(scope)]


def _talk_work(scope: Scope) -> list[Work]:
    return [
        Work(
            "headphones",
            _("Questions of buyers to answer"),
            waiting_for_staff(scope),
            "waiting_since",
            reverse("operations:talks"),
        ),
        Work(
            "star",
            _("Reviews to look at"),
            reviews_to_look_at(scope),
            "written_at",
            reverse("opinions:reviews"),
        ),
    ]


def _paper_work(scope: Scope) -> list[Work]:
    suppliers = reverse("operations:suppliers")
    return [
        Work(
            "file-check-2",
            _("Applications to decide"),
            applications_to_decide(scope),
            "recommended_at",
            reverse("operations:applications"),
            kind="application",
            ref="company_name",
        ),
        Work(
            "file-check-2",
            _("Papers of suppliers to check"),
            documents_to_check(scope),
            "uploaded_at",
            suppliers + "?tab=to_check",
            kind="document_check",
            ref="supplier__name_zh",
        ),
        Work(
            "clock",
            _("Papers of suppliers that end or have ended"),
            documents_ending(scope),
            "reminded_at",
            suppliers + "?tab=ending",
            kind="document_ending",
            ref="supplier__name_zh",
        ),
    ]


def _claim_work(scope: Scope) -> list[Work]:
    claims = reverse("operations:claims")
    return [
        Work(
            "badge-check",
            _("Origin claims to verify"),
            claims_to_decide(scope),
            "product__date_created",
            claims,
            kind="claim_decide",
            ref="product__listing__sku",
        ),
        Work(
            "clock",
            _("Origin claims that end or have ended"),
            claims_ending(scope),
            "reminded_at",
            claims + "?tab=ending",
            kind="claim_ending",
            ref="product__listing__sku",
        ),
        Work(
            "triangle-alert",
            _("Unpaid orders from which a suspended supplier's goods could not be taken"),
            stuck_cuts(scope),
            "stuck_at",
            reverse("operations:suppliers") + "?tab=suspended",
            kind="supplier_cut",
            ref="record__number",
            of_order=True,
        ),
        Work(
            "triangle-alert",
            _("Orders held because their supplier is suspended"),
            orders_held_by_suspension(scope),
            "held_since",
            reverse("operations:suppliers") + "?tab=suspended",
            kind="suspended_order",
            ref="record__number",
            of_order=True,
        ),
    ]


def _goods_work(scope: Scope) -> list[Work]:
    return [
        Work(
            "tag",
            _("Prices and stock proposed"),
            open_proposals(scope),
            "proposed_at",
            reverse("operations:proposals"),
            ref="listing__sku",
        ),
        Work(
            "store",
            _("Product drafts to look at"),
            submitted_drafts(scope),
            "submitted_at",
            reverse("operations:product_drafts"),
            kind="product_draft",
            ref="supplier__code",
        ),
    ]
