"""Daily bills that a channel gives as a file. Written from the channels' lists of columns; never run against them."""

from collections.abc import Callable

from shop.gateways.bill_models import BillChannel
from shop.gateways.providers.bill_files.alipay import read_alipay
from shop.gateways.providers.bill_files.reading import BillFault, Day, ParsedBill
from shop.gateways.providers.bill_files.wechat import read_wechat

#: By channel: what reads the bytes of its bill of a day.
READERS: dict[str, Callable[[bytes, Day], ParsedBill]] = {
    BillChannel.WECHAT.value: read_wechat,
    BillChannel.ALIPAY.value: read_alipay,
}

__all__ = ["READERS", "BillFault", "ParsedBill", "read_alipay", "read_wechat"]
