"""The people of a demonstration shop: one for every role, with a password that everybody may know."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import ROLES_WITHOUT_SECOND_FACTOR
from shop.accounts.second_factor import give_second_factor
from shop.accounts.services import grant_role, save_user
from shop.accounts.totp import DEMO_SECRET
from shop.core.exceptions import ShopError

#: Documented in the README; refused wherever the demonstration flag is off.
DEMO_PASSWORD = "yuanshan-demo"
#: The sellers of 木门 tea (Wangcang) and of Longquan tea in the seed catalogue.
DEMO_SUPPLIERS = ("wc-05", "lq-09")

_EVERYTHING = ((Role.STAFF, ScopeKind.ALL, ""), (Role.FINANCE, ScopeKind.ALL, ""))


@dataclass(frozen=True)
class DemoPerson:
    """A person to log in as."""

    title: str | Promise
    phone: str
    email: str
    last_name: str
    first_name: str
    grants: tuple[tuple[Role, ScopeKind, str], ...] = ()

    @property
    def needs_code(self) -> bool:
        """Return whether the login asks for the code of an app as well."""
        return any(role not in ROLES_WITHOUT_SECOND_FACTOR for role, _kind, _code in self.grants)


def demo_people(suppliers: tuple[str, str] = DEMO_SUPPLIERS) -> tuple[DemoPerson, ...]:
    """Return who there is; `suppliers` are the codes that the two supplier users act for."""
    first, second = (((Role.SUPPLIER, ScopeKind.SUPPLIER, code),) for code in suppliers)
    return (
        DemoPerson(_("Resident"), "+8617000000001", "resident@demo.example.com", "林", "小满"),
        DemoPerson(_("Supplier in Wangcang"), "+8617000000002", "wangcang@demo.example.com", "苟", "青山", first),
        DemoPerson(_("Supplier in Longquan"), "+8617000000003", "longquan@demo.example.com", "季", "望溪", second),
        DemoPerson(_("Staff"), "+8617000000004", "staff@demo.example.com", "赵", "知远", _EVERYTHING),
        DemoPerson(
            _("Staff, second pair of eyes"), "+8617000000005", "staff2@demo.example.com", "钱", "守正", _EVERYTHING
        ),
        DemoPerson(
            _("Auditor"), "+8617000000006", "auditor@demo.example.com", "何", "明察",
            ((Role.AUDITOR, ScopeKind.ALL, ""),),
        ),
        # What these two may do comes with their membership in the demonstration unit.
        DemoPerson(_("Union, buyer"), "+8617000000007", "union-buyer@demo.example.com", "周", "采宁"),
        DemoPerson(_("Union, approver"), "+8617000000008", "union-approver@demo.example.com", "吴", "审言"),
        DemoPerson(
            _("Liaison of Wangcang"), "+8617000000009", "liaison@demo.example.com", "冯", "联山",
            ((Role.LIAISON, ScopeKind.REGION, "wangcang"),),
        ),
        DemoPerson(
            _("Month, preparer"), "+8617000000010", "preparer@demo.example.com", "许", "初核",
            ((Role.PREPARER, ScopeKind.ALL, ""),),
        ),
        DemoPerson(
            _("Month, reviewer"), "+8617000000011", "reviewer@demo.example.com", "沈", "复核",
            ((Role.REVIEWER, ScopeKind.ALL, ""),),
        ),
        DemoPerson(
            _("Month, releaser"), "+8617000000012", "releaser@demo.example.com", "韩", "签发",
            ((Role.RELEASER, ScopeKind.ALL, ""),),
        ),
        # As those of its buyer and approver, their roles come with the membership.
        DemoPerson(_("Union, acceptor"), "+8617000000013", "union-acceptor@demo.example.com", "姚", "验收"),
        DemoPerson(_("Union, finance"), "+8617000000014", "union-finance@demo.example.com", "蒋", "记账"),
        DemoPerson(_("Union, owner"), "+8617000000015", "union-owner@demo.example.com", "唐", "主事"),
    )  # fmt: skip


def make_demo_users(*, suppliers: tuple[str, str] = DEMO_SUPPLIERS) -> int:
    """Create the demonstration people and their roles; return how many were new. Safe to run twice.

    Raises ShopError where the demonstration flag is off.
    """
    if not settings.SHOP_DEMO:
        raise ShopError(
            _("Demonstration users exist only in a demonstration shop (SHOP_DEMO)."), code="not_demo"
        )
    created = 0
    for person in demo_people(suppliers):
        with transaction.atomic():
            user = User.objects.filter(phone=person.phone).first()
            if user is None:
                created += 1
                user = save_user(
                    actor_id=None,
                    phone=person.phone,
                    email=person.email,
                    last_name=person.last_name,
                    first_name=person.first_name,
                    password=DEMO_PASSWORD,
                    phone_verified=True,
                )
            for role, kind, code in person.grants:
                grant_role(user_id=user.pk, role=role, kind=kind, code=code, actor_id=None, reason="demo")
            if person.needs_code:
                give_second_factor(user_id=user.pk, secret=DEMO_SECRET, actor_id=None)
    return created
