"""What those who answer see of the buyer: a part of the name and of the number, and what it is about."""

from shop.accounts.phones import masked_phone
from shop.conversations.models import Conversation
from shop.listings.presentation import in_language


def masked_name(name: str) -> str:
    """Return the first character of a name: 王**."""
    return f"{name.strip()[0]}**" if name.strip() else "**"


def buyer_label(talk: Conversation) -> str:
    """Return the buyer as 王** 138****8000; a guest is known by the order's recipient. No query."""
    if talk.buyer is not None:
        name, phone = talk.buyer.get_full_name(), talk.buyer.phone or ""
    elif talk.record is not None:
        name, phone = talk.record.recipient_name, talk.record.guest_phone or talk.record.recipient_phone
    else:
        name, phone = "", ""
    return f"{masked_name(name)} {masked_phone(phone)}"


def subject_of(talk: Conversation) -> str:
    """Return the order's number or the product's name. No query."""
    if talk.record is not None:
        return talk.record.number
    listing = talk.product.listing if talk.product is not None else None
    return in_language(listing.name_zh, listing.name_en) if listing else ""
