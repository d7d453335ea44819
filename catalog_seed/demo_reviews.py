"""Demonstration reviews: what buyers of demonstration orders say, with some replies of the suppliers.

Through the services that buyers, suppliers and staff use. A line that has its review is left alone, so a second run
changes nothing and a run that was killed is finished by the next one. The reviews are marked by their orders.
"""

from collections.abc import Iterator

from catalog_seed.demo_orders import Cast, later
from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.opinions.models import ReviewState
from shop.opinions.review_selectors import LineToReview, lines_to_review
from shop.opinions.reviews import ReviewDraft, reply_to_review, show_review, write_review
from shop.ordering.models import OrderRecord

_DAY = 24
#: Stars, words and the supplier's reply, in turn; without a reply nobody has answered.
SAYINGS = (
    (5, "演示评价：包装严实，跟页面上写的一样，家里人都说好。", "演示回复：谢谢您的支持，欢迎再来。"),
    (4, "演示评价：味道不错，就是快递比预想慢了一天。", "演示回复：山里发货要先下山，已和快递约定每天取件。"),
    (5, "演示评价：第二次买了，送长辈很合适。", ""),
    (5, "", ""),
    (3, "演示评价：东西可以，外盒有一角压到了。", "演示回复：抱歉，已加厚外箱；如有损坏可申请售后。"),
)
#: Of so many new reviews one is left for staff to look at.
LEFT_FOR_STAFF = 4


def make_demo_reviews(*, cast: Cast, seller: User) -> int:
    """Let the buyers of received demonstration orders review every other line; return how many wrote."""
    written = 0
    for number, (record, found) in enumerate(_to_review()):
        stars, text, reply = SAYINGS[number % len(SAYINGS)]
        if found.review is None:
            with later(record, hours=6 * _DAY):
                review = write_review(
                    record_id=record.pk,
                    line_id=found.line.pk,
                    draft=ReviewDraft(stars=stars, text=text),
                    actor_id=record.buyer_id,
                )
            written += 1
        else:
            review = found.review
        with later(record, hours=7 * _DAY):
            if number % LEFT_FOR_STAFF:
                review = show_review(review_id=review.pk, actor_id=cast.reviewer.pk)
            if reply and not review.reply and review.state == ReviewState.SHOWN:
                reply_to_review(
                    scope=Scope(suppliers=frozenset({review.supplier.code})),
                    review_id=review.pk,
                    text=reply,
                    actor_id=seller.pk,
                )
    return written


def _to_review() -> Iterator[tuple[OrderRecord, LineToReview]]:
    """Return every other received line of the plan's orders, always the same ones."""
    records = OrderRecord.objects.filter(demo=True, fulfilment_state="received").order_by("pk")
    number = 0
    for record in records:
        if not any(text.startswith("演示订单") for text in record.messages.values()):
            continue
        with later(record, hours=6 * _DAY):
            found = [one for one in lines_to_review(record) if one.review is not None or one.is_open]
        for one in found:
            number += 1
            if number % 2:
                yield record, one
