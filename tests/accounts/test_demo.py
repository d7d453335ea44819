"""The people of a demonstration shop."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from shop.accounts.demo import DEMO_PASSWORD
from shop.accounts.models import Role, ScopeGrant, User

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_nine_people_once_with_their_roles() -> None:
    assert run("demo_logins") == ""
    assert run("make_demo_users") == "9 demonstration users created\n"
    assert run("make_demo_users") == "0 demonstration users created\n"
    assert User.objects.count() == 9
    assert all(user.check_password(DEMO_PASSWORD) for user in User.objects.all())
    suppliers = ScopeGrant.objects.filter(role=Role.SUPPLIER).order_by("pk").values_list("code", flat=True)
    assert list(suppliers) == ["wc-05", "lq-09"]
    assert ScopeGrant.objects.filter(role=Role.FINANCE).count() == 2
    printed = run("demo_logins").splitlines()
    assert len(printed) == 9
    assert "170 0000 0001" in printed[0]
    assert all(DEMO_PASSWORD in line for line in printed)


def test_other_suppliers_can_be_named() -> None:
    run("make_demo_users", "wc-01", "lq-03")
    assert set(ScopeGrant.objects.filter(role=Role.SUPPLIER).values_list("code", flat=True)) == {
        "wc-01",
        "lq-03",
    }
    with pytest.raises(CommandError, match="two supplier codes"):
        run("make_demo_users", "wc-01")


def test_a_real_shop_gets_none(settings: Settings) -> None:
    settings.SHOP_DEMO = False
    with pytest.raises(CommandError):
        run("make_demo_users")
    assert not User.objects.exists()
    assert run("demo_logins") == ""
