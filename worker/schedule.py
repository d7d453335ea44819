"""What happens by the clock. A job is safe to run twice, and to run late."""

from collections.abc import Callable
from dataclasses import dataclass

from catalog_seed.jobs import draw_pending_pictures
from shop.accounts.sign_ins import sweep_sessions
from shop.buyers.services import close_invitations
from shop.certificates.images import draw_pending_images
from shop.conversations.services import hand_over_unanswered
from shop.coupons.services import lapse_due_coupons
from shop.files.services import encode_photos, sweep_files
from shop.fulfilment.pushes import apply_waiting_pushes
from shop.fulfilment.reshipping import confirm_due_replacements
from shop.fulfilment.returns.forgetting import forget_cases
from shop.fulfilment.returns.services import watch_returns
from shop.fulfilment.services import confirm_due_receipts
from shop.fulfilment.watching import ask_for_news
from shop.gateways import jobs as gateways
from shop.gateways.services import send_planned_refunds
from shop.invoicing.forgetting import forget_wishes
from shop.ledger.evidence import find_lines
from shop.ledger.rollups.services import fold_entries
from shop.listings.photos import make_pending_pictures
from shop.listings.services import apply_due_prices, fold_marks, index_outdated, remind_of_claims
from shop.listings.share_pictures import draw_share_pictures, plan_share_pictures
from shop.notifications.chasing import chase_suppliers, tell_closing_soon
from shop.notifications.digests import send_limited_notices
from shop.notifications.forgetting import forget_notices
from shop.notifications.sending import send_due_notices
from shop.notifications.unit_dues import remind_of_payments
from shop.operations.abuse.watching import watch_abuse
from shop.operations.alerts import watch_outbox, watch_texts
from shop.operations.exports import make_waiting_exports
from shop.operations.restores import unless_catching_up
from shop.ordering.forgetting import forget_contacts
from shop.ordering.services import withhold_expired
from shop.ordering.stock_alerts import refresh_stock_alerts
from shop.outbox.relay import recall_far_off
from shop.procurement.dispatch import make_consignments
from shop.procurement.leads import forget_lead_contacts
from shop.procurement.rosters import forget_rosters
from shop.procurement.services import expire_prices
from shop.regions.pictures import make_content_pictures
from shop.reporting.mailing import mail_reports
from shop.reporting.making import sweep_exports
from shop.settlement.services import draw_due_statements, match_payouts
from shop.suppliers.services import remind_of_documents
from worker.queues import HOUSEKEEPING, LEDGER, NOTIFY, PAY


@dataclass(frozen=True)
class Job:
    """A function that runs every so many seconds, first when the worker starts.

    `queue` and `limit_seconds`, after which it is interrupted, are the Celery workers' affair.
    """

    name: str
    every_seconds: int
    function: Callable[[], object]
    queue: str = HOUSEKEEPING
    limit_seconds: int = 120
    #: Deliveries leave it work that should not wait for its next turn: it also runs after them.
    after_deliveries: bool = False
    #: It waits for another process: the embedded worker goes on with its deliveries meanwhile.
    aside: bool = False


JOBS: tuple[Job, ...] = (
    *(Job(name, every, function) for name, every, function in gateways.JOBS),
    # Nobody who was promised money waits for a turn of the clock.
    Job("refunds.send_planned_refunds", 30, send_planned_refunds, queue=PAY, after_deliveries=True),
    Job(
        "notifications.send_due_notices",
        5,
        unless_catching_up(send_due_notices),
        queue=NOTIFY,
        after_deliveries=True,
    ),
    Job("notifications.send_limited_notices", 5, unless_catching_up(send_limited_notices), queue=NOTIFY),
    Job("notifications.chase_suppliers", 300, unless_catching_up(chase_suppliers)),
    Job("notifications.tell_closing_soon", 60, unless_catching_up(tell_closing_soon)),
    Job("notifications.remind_of_payments", 3600, unless_catching_up(remind_of_payments)),
    Job("outbox.recall_far_off", 60, recall_far_off),
    Job("operations.watch_outbox", 60, watch_outbox),
    Job("operations.watch_texts", 300, watch_texts),
    Job("operations.watch_abuse", 900, watch_abuse),
    Job("ledger.fold_entries", 10, fold_entries, queue=LEDGER),
    Job("fulfilment.confirm_due_receipts", 300, confirm_due_receipts),
    Job("ordering.withhold_expired", 600, withhold_expired),
    Job("ordering.refresh_stock_alerts", 300, refresh_stock_alerts),
    Job("fulfilment.watch_returns", 300, watch_returns),
    Job("coupons.lapse_due_coupons", 3600, lapse_due_coupons),
    Job("conversations.hand_over_unanswered", 300, hand_over_unanswered),
    Job("procurement.expire_prices", 60, expire_prices),
    Job("procurement.make_consignments", 2, make_consignments),
    Job("fulfilment.confirm_due_replacements", 300, confirm_due_replacements),
    Job("fulfilment.ask_for_news", 15, ask_for_news, limit_seconds=300),
    Job("fulfilment.apply_waiting_pushes", 60, apply_waiting_pushes),
    Job("catalog_seed.draw_pending_pictures", 1, draw_pending_pictures, aside=True),
    Job("certificates.draw_pending_images", 2, draw_pending_images, aside=True),
    Job("listings.make_pending_pictures", 2, make_pending_pictures),
    Job("listings.plan_share_pictures", 300, plan_share_pictures),
    Job("listings.draw_share_pictures", 5, draw_share_pictures, aside=True),
    Job("regions.make_content_pictures", 5, make_content_pictures),
    Job("listings.apply_due_prices", 60, apply_due_prices),
    Job("ledger.find_lines", 600, find_lines),
    Job("files.encode_photos", 2, encode_photos),
    Job("files.sweep_files", 86_400, sweep_files),
    Job("listings.index_outdated", 30, index_outdated),
    Job("listings.fold_marks", 60, fold_marks),
    Job("listings.remind_of_claims", 3600, remind_of_claims),
    Job("accounts.sweep_sessions", 86_400, sweep_sessions),
    Job("buyers.close_invitations", 3600, close_invitations),
    Job("notifications.forget_notices", 600, forget_notices),
    Job("ordering.forget_contacts", 3600, forget_contacts),
    Job("invoicing.forget_wishes", 3600, forget_wishes),
    Job("fulfilment.forget_cases", 3600, forget_cases),
    Job("procurement.forget_lead_contacts", 3600, forget_lead_contacts),
    Job("procurement.forget_rosters", 3600, forget_rosters),
    Job("settlement.match_payouts", 300, match_payouts),
    Job("settlement.draw_due_statements", 3600, draw_due_statements),
    Job("reporting.make_exports", 2, make_waiting_exports, limit_seconds=600, aside=True),
    Job("reporting.sweep_exports", 600, sweep_exports),
    Job("reporting.mail_reports", 300, unless_catching_up(mail_reports)),
    Job("suppliers.remind_of_documents", 3600, remind_of_documents),
)


def job(name: str) -> Job:
    """Return the job of that name. Raises LookupError for a name that the table no longer has."""
    for each in JOBS:
        if each.name == name:
            return each
    raise LookupError(f"no job {name}")
