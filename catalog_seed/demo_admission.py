"""Demonstration applications: one with the county, one with the district, one given back.

Through the services that applicants, liaisons and staff use; every step looks at what is there already, so a run that
was killed is finished by the next one and a second run changes nothing.
"""

import datetime as dt
from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile

from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.core import clock
from shop.core.pdf import SANS, new_document
from shop.suppliers import services
from shop.suppliers.admission_models import (
    ApplicationState,
    DocumentKind,
    LinkForm,
    SupplierApplication,
    SupplierKind,
)
from shop.suppliers.completeness import REQUIRED_PAPERS

#: Of the Wangcang liaison among the demonstration people.
LIAISON = 8


@dataclass(frozen=True)
class Plan:
    """One application: of whom, how long ago it began, and how far it goes."""

    company_name: str
    credit_code: str
    kind: SupplierKind
    township_zh: str
    products: str
    households: int
    days_ago: int
    state: ApplicationState


#: The codes are made up; only their check characters are right.
PLANS = (
    Plan(
        "旺苍县演示山野菜专业合作社",
        "93510821MA00DEM10Y",
        SupplierKind.COOPERATIVE,
        "檬子乡",
        "蕨菜干 250g/袋\n香椿酱 200g/瓶",
        46,
        3,
        ApplicationState.SUBMITTED,
    ),
    Plan(
        "旺苍县演示高山蜂业有限公司",
        "91510821MA00DEM219",
        SupplierKind.ENTERPRISE,
        "盐河镇",
        "土蜂蜜 500g/瓶",
        23,
        8,
        ApplicationState.RECOMMENDED,
    ),
    Plan(
        "旺苍县演示核桃家庭农场",
        "92510821MA00DEM32A",
        SupplierKind.FAMILY_FARM,
        "国华镇",
        "薄皮核桃 1kg/袋",
        9,
        12,
        ApplicationState.RETURNED,
    ),
)


def make_demo_applications() -> int:
    """Bring every application of the plan to where it goes; return how many were advanced."""
    people = demo_people()
    resident, liaison = (User.objects.get(phone=people[index].phone) for index in (0, LIAISON))
    return sum(_advance(plan, resident, liaison) for plan in PLANS)


def _advance(plan: Plan, applicant: User, liaison: User) -> bool:
    found = SupplierApplication.objects.filter(company_name=plan.company_name).first()
    if found is not None and found.state == plan.state:
        return False
    begun = found.started_at if found else clock.now() - dt.timedelta(days=plan.days_ago, hours=2)
    with clock.set_to(begun):
        application = found or _filled_in(plan, applicant)
        if application.state == ApplicationState.DRAFT:
            _add_papers(application)
            services.submit_application(number=application.number, actor_id=applicant.pk)
    with clock.set_to(min(begun + dt.timedelta(days=1), clock.now())):
        _decide(plan, application.number, liaison)
    return True


def _filled_in(plan: Plan, applicant: User) -> SupplierApplication:
    started = services.start_application(applicant_id=applicant.pk, demo=True)
    draft = services.ApplicationDraft(
        company_name=plan.company_name,
        credit_code=plan.credit_code,
        kind=plan.kind,
        region="wangcang",
        township_zh=plan.township_zh,
        contact_name="演示联系人",
        contact_phone=applicant.phone or "",
        bank_account_name=plan.company_name,
        bank_name="演示银行旺苍支行",
        bank_account_number="0000000000000000",
        products=plan.products,
        link_form=LinkForm.ORDERS,
        households=plan.households,
        people=plan.households * 3,
        link_note="演示数据：按保护价收购，年底二次返利。",
    )
    return services.save_application(number=started.number, draft=draft, actor_id=applicant.pk)


def _add_papers(application: SupplierApplication) -> None:
    there = set(application.documents.values_list("kind", flat=True))
    for number, kind in enumerate(REQUIRED_PAPERS, start=1):
        if kind in there:
            continue
        services.upload_document(
            upload=SimpleUploadedFile(f"演示{number}.pdf", demo_page(str(kind.label)), "application/pdf"),
            paper=services.PaperDraft(
                kind=kind,
                number=f"DEMO-{application.pk:04d}-{number}",
                issued_on=clock.today() - dt.timedelta(days=400),
                expires_on=clock.today() + dt.timedelta(days=900) if kind != DocumentKind.LINKING else None,
            ),
            actor_id=application.applicant_id,
            application_number=application.number,
        )


def _decide(plan: Plan, number: str, liaison: User) -> None:
    if plan.state == ApplicationState.RECOMMENDED:
        services.recommend_application(number=number, reason="情况属实，同意推荐。", actor_id=liaison.pk)
    elif plan.state == ApplicationState.RETURNED:
        reason = "食品经营许可证照片看不清，请重新上传。"
        services.return_application(number=number, reason=reason, actor_id=liaison.pk)


def demo_page(title: str) -> bytes:
    """Return a PDF that says that it is no real paper."""
    document = new_document(size_mm=(100, 60), title=title, at=clock.now())
    document.add_page()
    document.set_font(SANS, size=14)
    document.text(12, 26, title)
    document.text(12, 38, "演示文件，不是真实证照")
    return bytes(document.output())
