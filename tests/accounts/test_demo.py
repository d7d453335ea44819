"""The people of a demonstration shop."""

from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import Settings

from shop.accounts.demo import DEMO_PASSWORD
from shop.accounts.models import Role, ScopeGrant, User
from shop.accounts.second_factor import has_second_factor
from shop.accounts.totp import DEMO_SECRET, code_at
from shop.core import clock

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@time_machine.travel("2026-11-29T03:00:10+00:00", tick=False)
def test_fifteen_people_once_with_their_roles() -> None:
    assert run("demo_logins") == ""
    assert run("make_demo_users") == "15 demonstration users created\n"
    assert run("make_demo_users") == "0 demonstration users created\n"
    assert User.objects.count() == 15
    assert all(user.check_password(DEMO_PASSWORD) for user in User.objects.all())
    suppliers = ScopeGrant.objects.filter(role=Role.SUPPLIER).order_by("pk").values_list("code", flat=True)
    assert list(suppliers) == ["wc-05", "lq-09"]
    assert ScopeGrant.objects.filter(role=Role.FINANCE).count() == 2
    printed = run("demo_logins").splitlines()
    assert len(printed) == 16
    assert "170 0000 0001" in printed[0]
    assert all(DEMO_PASSWORD in line for line in printed[:15])
    # Staff, auditor, suppliers and who closes months type a code as well; the last line says which one now.
    assert [line.endswith("＋动态码") for line in printed[:15]] == [
        False, *[True] * 5, False, False, *[True] * 4, *[False] * 3,
    ]  # fmt: skip
    assert code_at(DEMO_SECRET, clock.now().timestamp()) in printed[15]
    assert [has_second_factor(user.pk) for user in User.objects.order_by("phone")] == [
        False, *[True] * 5, False, False, *[True] * 4, *[False] * 3,
    ]  # fmt: skip


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
