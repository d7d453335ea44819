"""A unit's people at the same moment: one invitation, the last owner, units under one another."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shop.buyers.exceptions import BuyersError
from shop.buyers.models import Invitation, Membership, Organisation
from shop.buyers.services import accept_invitation, change_roles, set_parent
from tests.buyers.cast import guest, invited, make_unit
from tests.factories import make_organisation

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
Together = Callable[..., list[Any]]


def test_one_invitation_is_accepted_once(together: Together) -> None:
    cast = make_unit()
    pk, _token = invited(cast)
    person = guest()
    results = together([partial(accept_invitation, invitation_id=pk, user_id=person.pk)] * 6)
    refused = [result for result in results if isinstance(result, BuyersError)]
    assert [error.code for error in refused] == ["no_invitation"] * 5
    assert Membership.objects.filter(user=person).count() == 1
    assert Invitation.objects.get().accepted_by == person.pk


def test_two_owners_who_leave_at_the_same_moment_leave_one(together: Together) -> None:
    cast, other = make_unit(), guest()
    make_organisation(code="un-001", owner=other)
    results = together(
        [
            partial(change_roles, organisation_id=cast.unit.pk, user_id=user.pk, roles=[], actor_id=user.pk)
            for user in (cast.owner, other)
        ]
    )
    assert [result.code for result in results if isinstance(result, BuyersError)] == ["last_owner"]
    assert Membership.objects.filter(role="owner", state="active").count() == 1


def test_units_put_under_one_another_at_the_same_moment_make_no_circle(together: Together) -> None:
    first, second, third, fourth = (
        make_organisation(code=f"un-{number}", name=f"工会 {number}") for number in range(4)
    )

    def put(child: Organisation, parent: Organisation) -> Callable[[], Organisation]:
        return partial(set_parent, organisation_id=child.pk, parent_id=parent.pk, actor_id=1)

    put(first, second)()
    put(third, fourth)()
    results = together([put(second, third), put(fourth, first)])
    assert [result.code for result in results if isinstance(result, BuyersError)] == ["circle"]
    assert Organisation.objects.filter(parent=None).count() == 1
