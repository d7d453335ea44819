"""The fixed cast of every test."""

from collections.abc import Sequence
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.scope import ROLES_WITHOUT_SECOND_FACTOR
from shop.suppliers.models import Supplier

Grant = tuple[Role, ScopeKind, str]
#: Of every app in the tests: 160 bits in base32.
APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_user(
    *,
    phone: str | None = "+8613800000001",
    email: str | None = None,
    name: str = "王芳",
    grants: Sequence[Grant] = (),
    is_staff: bool = False,
    second_factor: bool = True,
) -> User:
    """Return the user of that phone (or e-mail), holding these roles, with an app where a role needs one."""
    known = {"phone": phone} if phone else {"email": email}
    user = User.objects.filter(**known).first()
    if user is None:
        user = User.objects.create_user(
            phone=phone, email=email, last_name=name[0], first_name=name[1:], is_staff=is_staff
        )
    for role, kind, code in grants:
        ScopeGrant.objects.get_or_create(user=user, role=role, kind=kind, code=code)
        if second_factor and role not in ROLES_WITHOUT_SECOND_FACTOR:
            make_app(user)
    return user


def make_app(user: User, secret: str = APP_SECRET) -> Authenticator:
    """Give a person an authenticator app; return the one they have."""
    app, _created = Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": encrypt(secret)}}
    )
    return app


@dataclass(frozen=True)
class Cast:
    """Who plays in the tests."""

    resident: User
    other_resident: User
    union_buyer: User
    union_approver: User
    other_union_buyer: User
    union_acceptor: User
    union_finance: User
    union_owner: User
    supplier_user: User
    other_supplier_user: User
    staff: User
    second_staff: User
    finance: User
    second_finance: User
    liaison: User
    auditor: User
    preparer: User
    reviewer: User
    releaser: User


def make_cast(
    *,
    supplier: Supplier | None = None,
    other_supplier: Supplier | None = None,
    region_slug: str = "wangcang",
) -> Cast:
    """Return the cast; supplier users act for the suppliers given, else for codes that do not exist."""
    everything: Sequence[Grant] = [(Role.STAFF, ScopeKind.ALL, "")]
    money: Sequence[Grant] = [(Role.FINANCE, ScopeKind.ALL, "")]

    def for_supplier(found: Supplier | None, fallback: str) -> Sequence[Grant]:
        return [(Role.SUPPLIER, ScopeKind.SUPPLIER, found.code if found else fallback)]

    def person(number: int, name: str, grants: Sequence[Grant] = (), is_staff: bool = False) -> User:
        return make_user(phone=f"+86138000000{number:02d}", name=name, grants=grants, is_staff=is_staff)

    return Cast(
        resident=person(1, "王芳"),
        other_resident=person(2, "李明"),
        union_buyer=person(3, "周工会"),
        union_approver=person(4, "吴主席"),
        other_union_buyer=person(13, "郑他会"),
        union_acceptor=person(17, "姚验收"),
        union_finance=person(18, "蒋财务"),
        union_owner=person(19, "唐负责"),
        supplier_user=person(5, "陈供应", for_supplier(supplier, "supplier-one")),
        other_supplier_user=person(6, "林供应", for_supplier(other_supplier, "supplier-two")),
        staff=person(7, "赵运营", everything, is_staff=True),
        second_staff=person(8, "钱运营", everything, is_staff=True),
        finance=person(9, "孙财务", money, is_staff=True),
        second_finance=person(10, "郑财务", money, is_staff=True),
        liaison=person(11, "冯联络", [(Role.LIAISON, ScopeKind.REGION, region_slug)]),
        auditor=person(12, "何审计", [(Role.AUDITOR, ScopeKind.ALL, "")]),
        preparer=person(14, "许初核", [(Role.PREPARER, ScopeKind.ALL, "")]),
        reviewer=person(15, "沈复核", [(Role.REVIEWER, ScopeKind.ALL, "")]),
        releaser=person(16, "韩签发", [(Role.RELEASER, ScopeKind.ALL, "")]),
    )
