"""Negotiations of the demonstration: one for each way that they end, and two that are under way.

Everything goes through the services; a firm that has its lead gets no second one, so a second run changes nothing.
"""

import datetime as dt
from dataclasses import dataclass

from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState
from shop.procurement.lead_models import Lead, LeadState
from shop.procurement.services import note_step, open_lead
from shop.regions.models import PartnerRegion


@dataclass(frozen=True)
class Talk:
    """A firm, what may come of it in fen, how many days ago it began, and its steps after the visit."""

    company: str
    region: str
    expected_fen: int
    days_ago: int
    steps: tuple[tuple[LeadState, str], ...]
    organisation: str = ""


TALKS = (
    Talk(
        "演示工会",
        "wangcang",
        3_000_000,
        70,
        ((LeadState.SAMPLE, "寄送黄茶样品两份"), (LeadState.QUOTE, "按 200 份报价"), (LeadState.ORDERED, "")),
        "un-001",
    ),
    Talk(
        "示例食品商行",
        "longquan",
        1_200_000,
        40,
        ((LeadState.SAMPLE, "寄送香菇样品"), (LeadState.LOST, "价格高于现有供货")),
    ),
    Talk(
        "示例酒店管理公司",
        "kangding",
        8_000_000,
        20,
        ((LeadState.SAMPLE, "寄送牦牛肉样品"), (LeadState.QUOTE, "按季度供货报价")),
    ),
    Talk("示例机关食堂", "wangcang", 5_000_000, 6, ()),
)


def make_demo_leads() -> int:
    """Open the negotiations that are missing and bring them to where they are; return how many."""
    staff = User.objects.get(phone=demo_people()[3].phone)
    known = {*Lead.objects.values_list("company", flat=True)}
    places = {*PartnerRegion.objects.values_list("slug", flat=True)}
    return sum(_make(talk, staff) for talk in TALKS if talk.company not in known and talk.region in places)


def _make(talk: Talk, staff: User) -> bool:
    begun = clock.now() - dt.timedelta(days=talk.days_ago)
    with clock.set_to(begun):
        lead = open_lead(
            scope=SYSTEM,
            company=talk.company,
            region=talk.region,
            organisation=talk.organisation,
            contact_name="演示联系人",
            contact_phone="17000000099",
            expected_fen=talk.expected_fen,
            next_on=None,
            note="上门拜访",
            demo=True,
            actor_id=staff.pk,
        )
    for number, (kind, note) in enumerate(talk.steps, start=1):
        order = _order_of(talk) if kind == LeadState.ORDERED else ""
        if kind == LeadState.ORDERED and not order:
            break
        with clock.set_to(begun + dt.timedelta(days=2 * number)):
            note_step(scope=SYSTEM, number=lead.number, kind=kind, note=note, order=order, actor_id=staff.pk)
    return True


def _order_of(talk: Talk) -> str:
    """Return the first order of the firm with goods of the region, "" when it has none yet."""
    own = OrderRecord.objects.filter(
        credited_organisation=talk.organisation, shares__dims__region=talk.region, lead_step=None
    )
    found = own.exclude(payment_state=PaymentState.CLOSED).order_by("placed_at").first()
    return found.number if found else ""
