"""The couriers that suppliers use, and what their numbers look like."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.fulfilment.exceptions import ShippingError


@dataclass(frozen=True)
class Courier:
    """A courier: `name` is what a parcel keeps, `code` what tracking services call it.

    `own` matches numbers that no other courier here has.
    """

    code: str
    name: str
    label: str | Promise
    pattern: str
    example: str
    own: str = ""
    also: tuple[str, ...] = ()


COURIERS = (
    Courier(
        "ems",
        "邮政EMS",
        gettext_lazy("China Post EMS"),
        r"[A-Z]{2}\d{9}[A-Z]{2}|\d{13}",
        "EA123456789CN",
        own=r"E[A-Z]\d{9}CN",
        also=("EMS", "邮政特快"),
    ),
    Courier(
        "youzhengguonei",
        "邮政快递包裹",
        gettext_lazy("China Post parcel"),
        r"[A-Z]{2}\d{9}[A-Z]{2}|\d{13}",
        "9812345678901",
        also=("邮政", "中国邮政", "邮政小包"),
    ),
    Courier(
        "shunfeng",
        "顺丰速运",
        gettext_lazy("SF Express"),
        r"SF\d{12,13}|\d{12}",
        "SF1234567890123",
        own=r"SF\d{12,13}",
        also=("顺丰", "SF", "顺丰快递"),
    ),
    Courier(
        "zhongtong",
        "中通快递",
        gettext_lazy("ZTO Express"),
        r"\d{12}|\d{14,15}",
        "781234567890",
        also=("中通", "ZTO"),
    ),
    Courier(
        "yuantong",
        "圆通速递",
        gettext_lazy("YTO Express"),
        r"YT\d{13}|\d{10,12}|\d{18}",
        "YT1234567890123",
        own=r"YT\d{13}",
        also=("圆通", "圆通快递", "YTO"),
    ),
    Courier(
        "shentong",
        "申通快递",
        gettext_lazy("STO Express"),
        r"(?:STO)?\d{12,15}",
        "773123456789012",
        own=r"STO\d{12,15}",
        also=("申通", "STO"),
    ),
    Courier(
        "yunda",
        "韵达快递",
        gettext_lazy("Yunda Express"),
        r"(?:YD)?\d{13,15}",
        "4312345678901",
        own=r"YD\d{13,15}",
        also=("韵达", "韵达快运"),
    ),
    Courier(
        "jd",
        "京东物流",
        gettext_lazy("JD Logistics"),
        r"JD[A-Z0-9]{10,18}",
        "JD0012345678901",
        own=r"JD[A-Z0-9]{10,18}",
        also=("京东", "京东快递"),
    ),
    Courier(
        "jtexpress",
        "极兔速递",
        gettext_lazy("J&T Express"),
        r"JT\d{13}",
        "JT1234567890123",
        own=r"JT\d{13}",
        also=("极兔", "极兔快递"),
    ),
    Courier(
        "debangkuaidi",
        "德邦快递",
        gettext_lazy("Deppon Express"),
        r"DPK\d{12}|\d{8,10}",
        "DPK123456789012",
        own=r"DPK\d{12}",
        also=("德邦", "德邦物流"),
    ),
    Courier(
        "other", "其他快递", gettext_lazy("Another courier"), r"[A-Z0-9]{6,30}", "ABC123456", also=("其他",)
    ),
)
COURIER_CHOICES = tuple((courier.name, courier.label) for courier in COURIERS)
_NAMES = {
    name.casefold(): courier for courier in COURIERS for name in (courier.name, courier.code, *courier.also)
}


def courier_called(text: str) -> Courier | None:
    """Return the courier that people call so: its name, its code or a short name."""
    return _NAMES.get("".join(unicodedata.normalize("NFKC", text).split()).casefold())


def courier_of_number(number: str) -> Courier | None:
    """Return the courier whose numbers alone look like this; None where several fit."""
    fitting = [courier for courier in COURIERS if courier.own and re.fullmatch(courier.own, number)]
    return fitting[0] if len(fitting) == 1 else None


def plain_number(text: str) -> str:
    """Return a number as people paste or scan it in plain capital letters and digits."""
    return re.sub(r"[\s\-–—]", "", unicodedata.normalize("NFKC", text)).upper()


def checked_number(courier: Courier, text: str) -> str:
    """Return the plain number; raises ShippingError (tracking_number) when the courier has none like it."""
    number = plain_number(text)
    if not re.fullmatch(courier.pattern, number, re.ASCII):
        raise ShippingError(
            _("This is not a number of %(courier)s. Theirs look like %(example)s.")
            % {"courier": courier.name, "example": courier.example},
            code="number_pattern",
            field="tracking_number",
        )
    return number
