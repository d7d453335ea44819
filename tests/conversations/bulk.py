"""Many conversations of one buyer, written behind the services: for counting queries."""

from collections.abc import Sequence

from oscar.apps.catalogue.models import Product

from shop.accounts.models import User
from shop.conversations.models import Conversation, Message, MessageText
from shop.core import clock


def conversations(span: range, buyer: User, goods: Sequence[Product]) -> None:
    """Let the buyer have asked about so many products, and written so many messages about the first."""
    now = clock.now()
    listings = [goods[number].listing for number in span]
    Conversation.objects.bulk_create(
        Conversation(
            product_id=listing.product_id,
            supplier_id=listing.supplier_id,
            buyer=buyer,
            opened_at=now,
            last_message_at=now,
            waiting_since=now,
            staff_since=now,
            messages_written=1,
            supplier_unread=1,
        )
        for listing in listings
    )
    first = Conversation.objects.get(product=goods[0], buyer=buyer)
    messages = Message.objects.bulk_create(
        Message(
            conversation=first,
            number=number + 1,
            side="buyer",
            author_id=buyer.pk,
            key=f"grown-{number}",
            has_text=True,
            sent_at=now,
        )
        for number in span
    )
    MessageText.objects.bulk_create(MessageText(message=row, text="还有货吗？") for row in messages)
    Conversation.objects.filter(pk=first.pk).update(messages_written=span.stop)
