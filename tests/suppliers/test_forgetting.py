"""When an account is closed, contact and bank account leave its applications; an admitted company stays payable."""

import pytest

from shop.accounts import appointments
from shop.journal.models import JournalEntry
from shop.suppliers import services
from shop.suppliers.admission_models import SupplierApplication
from shop.suppliers.services.applications import BANK, CONTACT
from tests.suppliers import cast
from tests.suppliers.cast import People, refused
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def people() -> People:
    return cast.make_people()


def close(people: People) -> None:
    appointments.close_account(
        user_id=people.applicant.pk, actor_id=people.second_staff.pk, reason="本人要求注销"
    )
    drain()


def said(application: SupplierApplication, *names: str) -> set[str]:
    application.refresh_from_db()
    return {getattr(application, name) for name in names}


def test_an_application_that_was_not_admitted_loses_contact_and_bank_account(people: People) -> None:
    application = cast.recommended(people)
    cast.checked(application, people.staff)
    close(people)
    assert said(application, *CONTACT, *BANK) == {""}
    assert (application.state, application.company_name) == ("recommended", "旺苍山里茶业有限公司")
    entry = JournalEntry.objects.get(action="application.forgotten")
    assert entry.after == {"state": "recommended", "fields": sorted((*CONTACT, *BANK))}
    assert refused(
        lambda: services.admit_application(number=application.number, actor_id=people.staff.pk)
    ) == ("forgotten", "")
    assert services.forget_applicant(user_id=people.applicant.pk) == 0
    services.refuse_application(number=application.number, reason="申请人已注销", actor_id=people.staff.pk)
    assert said(application, "state") == {"refused"}


def test_the_bank_account_of_an_admitted_company_stays(people: People) -> None:
    supplier = cast.admitted(people)
    close(people)
    application = SupplierApplication.objects.get(supplier=supplier)
    assert said(application, *CONTACT) == {""}
    assert said(application, "bank_account_number") == {"6228480000000000"}


def test_an_account_that_is_open_again_keeps_what_it_has(people: People) -> None:
    application = cast.submitted(people)
    appointments.close_account(user_id=people.applicant.pk, actor_id=people.second_staff.pk, reason="停用")
    appointments.reopen_account(user_id=people.applicant.pk, actor_id=people.second_staff.pk, reason="恢复")
    drain()
    assert "" not in said(application, *CONTACT, *BANK)
