"""The verbs of after-sales.

open_return (buyer) → agree_return or refuse_return (supplier), or after 48 hours decide_return (the shop) →
send_goods_back → receive_goods_back where the goods come back → the refund's or the replacement's own end finishes it.
"""

from shop.fulfilment.returns.answers import (
    Decision,
    agree_return,
    decide_return,
    receive_goods_back,
    refuse_return,
)
from shop.fulfilment.returns.ends import (
    finish_refunded_return,
    finish_reshipped_return,
    return_to_shop,
    settle_replaced_goods,
    watch_returns,
)
from shop.fulfilment.returns.freight import decide_freight
from shop.fulfilment.returns.opening import (
    Claim,
    escalate_return,
    open_return,
    receive_replacement,
    send_goods_back,
    withdraw_return,
)
from shop.fulfilment.returns.steps import By

__all__ = [
    "By",
    "Claim",
    "Decision",
    "agree_return",
    "decide_freight",
    "decide_return",
    "escalate_return",
    "finish_refunded_return",
    "finish_reshipped_return",
    "open_return",
    "receive_goods_back",
    "receive_replacement",
    "refuse_return",
    "return_to_shop",
    "send_goods_back",
    "settle_replaced_goods",
    "watch_returns",
    "withdraw_return",
]
