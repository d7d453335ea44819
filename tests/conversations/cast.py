"""What the tests of conversations start from."""

from typing import Any

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.conversations.about import About
from shop.conversations.models import Conversation, Message, Side
from shop.conversations.services import Words, start_conversation, write_message
from tests.factories import make_product, make_region, make_supplier

TEA = Scope(suppliers=frozenset({"tea-co"}))
PEAR = Scope(suppliers=frozenset({"pear-co"}))
ANSWERER = 77


def tea(**fields: Any) -> Any:
    """Return a product of a tea supplier of Wangcang."""
    supplier = make_supplier(code="tea-co", name_zh="木门茶业", region=make_region(slug="wangcang"))
    return make_product(supplier=supplier, sku="tea", name_zh="黄茶", **fields)


def about_tea(buyer: User) -> About:
    """Return what a buyer asks about the tea."""
    product = tea()
    return About(product.listing.supplier_id, buyer.pk, product_id=product.pk)


def ask(about: About, text: str = "还有货吗？", key: str = "k1", **fields: Any) -> Conversation:
    """Ask, as the buyer."""
    words = Words(text, key, **fields)
    return start_conversation(about=about, words=words, actor_id=about.buyer_id)


def answer(found: Conversation, text: str = "有的", key: str = "a1", **fields: Any) -> Conversation:
    """Answer, as the tea supplier unless another scope and side are given."""
    given: dict[str, Any] = {"scope": TEA, "side": Side.SUPPLIER} | fields
    return write_message(conversation_id=found.pk, words=Words(text, key), actor_id=ANSWERER, **given)


def said(found: Conversation) -> list[tuple[int, str, str | None]]:
    """Return number, side and words of every message."""
    rows = Message.objects.filter(conversation=found).order_by("number")
    return list(rows.values_list("number", "side", "words__text"))
