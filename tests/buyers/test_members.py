"""Members of a unit: invited once by a link or by number, given roles by the owner, gone at the next request."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from shop.accounts.models import ScopeGrant, User
from shop.accounts.services import save_user
from shop.buyers import services
from shop.buyers.models import Invitation, MemberRole, Membership
from shop.buyers.services import remove_member
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.notifications.forgetting import forget_notices
from shop.notifications.models import BuyerNotice, MailboxMessage
from shop.notifications.sending import send_due_notices
from shop.outbox.models import OutboxMessage
from tests.buyers.cast import INVITED, Unit, guest, invited, make_unit
from tests.factories import make_organisation
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]

PAGE = "/unit/organisation/members/"
INVITE = "/unit/organisation/invitations/"


@pytest.fixture
def cast() -> Unit:
    return make_unit()


def refused(act: Callable[..., object], **fields: Any) -> str:
    with pytest.raises(ShopError) as error:
        act(**fields)
    return error.value.code


def as_(user: User) -> Client:
    client = Client()
    user.refresh_from_db()
    client.force_login(user)
    return client


def roles_of(unit: Unit, user: User) -> list[str]:
    held = Membership.objects.filter(organisation=unit.unit, user=user, state="active").order_by("role")
    return list(held.values_list("role", flat=True))


def test_an_invitation_is_accepted_once_by_who_proves_the_number(cast: Unit) -> None:
    client = as_(cast.owner)
    assert client.post(INVITE, {"phone": "139 0000 0095", "role": "buyer"})["Location"] == PAGE
    link = client.get(PAGE).context["link"]
    assert link.startswith("http") and "/invitations/" in link
    # Shown once; the token is kept nowhere.
    assert client.get(PAGE).context["link"] == ""
    path = "/invitations/" + link.rpartition("/invitations/")[2]
    assert not Invitation.objects.filter(digest__contains=path.strip("/").rpartition("/")[2]).exists()
    assert Client().get(path)["Location"].startswith("/accounts/login/")
    stranger = as_(guest("+8613900000096"))
    assert (stranger.get(path).status_code, stranger.post(path).status_code) == (404, 404)
    person = guest(proved=False)
    assert as_(person).post(path).status_code == 404
    person = guest()
    browser = as_(person)
    assert browser.get(path).context["invitation"].organisation == cast.unit
    assert browser.post(path)["Location"] == "/unit/"
    # The new role has ended the person's sessions elsewhere, and not this one.
    assert browser.get("/unit/").context["unit"] == cast.unit
    assert roles_of(cast, person) == ["buyer"]
    assert (browser.get(path).status_code, browser.post(path).status_code) == (404, 404)
    made = Invitation.objects.get()
    assert (made.accepted_by, made.phone) == (person.pk, "")
    assert Membership.objects.get(user=person).added_by == cast.owner.pk
    journal = JournalEntry.objects.filter(action__startswith="organisation.invit").order_by("pk")
    assert [row.action for row in journal] == ["organisation.invited", "organisation.invitation_accepted"]
    assert INVITED not in str([row.after for row in JournalEntry.objects.all()])


def test_who_is_invited_finds_it_by_their_number_alone(cast: Unit) -> None:
    pk, _token = invited(cast, MemberRole.ACCEPTOR)
    other, _other_token = invited(cast, MemberRole.ACCEPTOR, "+8613900000096")
    person = guest()
    browser = as_(person)
    assert [row.pk for row in browser.get("/unit/join/").context["invitations"]] == [pk]
    assert browser.post("/unit/join/", {"act": "accept", "pk": other}).status_code == 404
    assert browser.post("/unit/join/", {"act": "accept", "pk": "²"}).status_code == 404
    assert browser.post("/unit/join/", {"act": "accept", "pk": pk}).status_code == 302
    assert roles_of(cast, person) == ["acceptor"]


def test_an_invitation_that_ran_out_or_was_withdrawn_opens_nothing(cast: Unit) -> None:
    person = guest()
    pk, token = invited(cast)
    with time_machine.travel(clock.now() + dt.timedelta(days=7, minutes=1), tick=False):
        assert refused(services.accept_invitation, invitation_id=pk, user_id=person.pk) == "no_invitation"
        assert services.close_invitations() == 1
        assert services.close_invitations() == 0
    assert Invitation.objects.get(pk=pk).phone == ""
    pk, token = invited(cast)
    owner = as_(cast.owner)
    address = f"/unit/organisation/invitations/{pk}/withdraw/"
    assert as_(make_unit(code="un-002", first_phone=80).owner).post(address).status_code == 404
    assert owner.post(address).status_code == 302
    assert owner.post(address).status_code == 302
    assert as_(person).get(f"/invitations/{token}/").status_code == 404
    assert refused(services.accept_invitation, invitation_id=pk, user_id=person.pk) == "no_invitation"
    # The same number in the same role again: the newer link holds, the older one does not.
    first, _old = invited(cast)
    second, _new = invited(cast)
    assert refused(services.accept_invitation, invitation_id=first, user_id=person.pk) == "no_invitation"
    services.accept_invitation(invitation_id=second, user_id=person.pk)
    assert roles_of(cast, person) == ["buyer"]


def test_an_invitation_of_an_owner_who_has_gone_does_not_hold(cast: Unit) -> None:
    pk, _token = invited(cast)
    make_organisation(code="un-001", owner=guest("+8613900000097"))
    remove_member(
        organisation_id=cast.unit.pk, user_id=cast.owner.pk, role=MemberRole.OWNER, actor_id=cast.staff.pk
    )
    person = guest()
    assert refused(services.accept_invitation, invitation_id=pk, user_id=person.pk) == "no_invitation"
    assert roles_of(cast, person) == []


def test_only_the_owner_invites_and_nobody_themselves(cast: Unit) -> None:
    buyer = guest("+8613900000097")
    make_organisation(code="un-001", buyer=buyer)
    invite = {"organisation_id": cast.unit.pk, "phone": INVITED, "role": "owner"}
    assert refused(services.invite, actor_id=buyer.pk, **invite) == "not_a_member"
    assert as_(buyer).post(INVITE, {"phone": INVITED, "role": "owner"}).status_code == 404
    own = invite | {"phone": cast.owner.phone}
    assert refused(services.invite, actor_id=cast.owner.pk, **own) == "own_role"
    again = invite | {"phone": buyer.phone, "role": "buyer"}
    assert refused(services.invite, actor_id=cast.owner.pk, **again) == "member"
    for phone, role in (("12", "buyer"), (INVITED, "chief")):
        assert as_(cast.owner).post(INVITE, {"phone": phone, "role": role}).status_code == 422
    assert not Invitation.objects.exists()


def test_the_owner_changes_roles_and_the_next_request_knows(cast: Unit) -> None:
    person = guest()
    make_organisation(code="un-001", buyer=person)
    browser = as_(person)
    assert browser.get("/unit/").status_code == 200
    owner = as_(cast.owner)
    form = {"user": person.pk, "roles": ["approver", "finance"]}
    for _ in range(2):
        assert owner.post(PAGE, form).status_code == 302
    assert roles_of(cast, person) == ["approver", "finance"]
    grants = ScopeGrant.objects.filter(user=person).order_by("role").values_list("role", flat=True)
    assert list(grants) == ["approver", "unit_finance"]
    assert browser.get("/unit/").status_code == 302
    browser = as_(person)
    # Nobody raises themselves; a role of one's own is given up.
    browser.post(PAGE, {"user": person.pk, "roles": ["approver", "owner"]})
    assert roles_of(cast, person) == ["approver", "finance"]
    assert browser.post(PAGE, {"user": cast.owner.pk, "roles": []}).status_code == 404
    browser.post(PAGE, {"user": person.pk, "roles": ["approver"]})
    assert roles_of(cast, person) == ["approver"]
    assert owner.post(PAGE, {"user": person.pk}).status_code == 302
    assert roles_of(cast, person) == []
    assert as_(person).get("/unit/").status_code == 404
    # Who does not act for the unit is invited, not added by a number in a form.
    stranger = guest("+8613900000096")
    assert owner.post(PAGE, {"user": stranger.pk, "roles": ["buyer"]}).status_code == 404
    change = {"organisation_id": cast.unit.pk, "user_id": stranger.pk, "roles": ["buyer"]}
    assert refused(services.change_roles, actor_id=cast.owner.pk, **change) == "no_member"


def test_somebody_always_runs_the_unit(cast: Unit) -> None:
    give_up = {"organisation_id": cast.unit.pk, "user_id": cast.owner.pk, "roles": []}
    assert refused(services.change_roles, actor_id=cast.owner.pk, **give_up) == "last_owner"
    other = guest()
    make_organisation(code="un-001", owner=other)
    browser = as_(cast.owner)
    assert browser.post(PAGE, {"user": cast.owner.pk, "roles": []})["Location"] == "/account/"
    assert browser.get("/unit/").status_code == 404
    assert roles_of(cast, other) == ["owner"]


def test_a_closed_account_accepts_nothing_and_the_database_keeps_the_rules(cast: Unit) -> None:
    pk, _token = invited(cast)
    person = guest()
    save_user(actor_id=None, user_id=person.pk, phone=INVITED, phone_verified=True, is_active=False)
    assert refused(services.accept_invitation, invitation_id=pk, user_id=person.pk) == "no_invitation"
    other, _other = invited(cast, phone="+8613900000096")
    for change in (
        {"phone": ""},
        {"closed_at": clock.now()},
        {"accepted_by": 1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.filter(pk=other).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=other).update(phone=INVITED)


def test_the_number_is_told_by_text_message_and_forgotten_once_it_is_told(cast: Unit) -> None:
    pk, token = invited(cast)
    made = Invitation.objects.get(pk=pk)
    other, _token = invited(cast, phone="+8613900000096")
    services.withdraw_invitation(organisation_id=cast.unit.pk, invitation_id=other, actor_id=cast.owner.pk)
    message = OutboxMessage.objects.filter(topic="organisation.invited").earliest("pk")
    assert message.payload == {"invitation_id": pk}
    drain()
    # Nobody is told of one that was withdrawn meanwhile.
    notice = BuyerNotice.objects.get(kind="unit_invitation")
    assert (notice.channel, notice.address, notice.user) == ("sms", INVITED, None)
    assert (cast.unit.name in notice.body, notice.params["path"]) == (True, "/unit/join/")
    assert token not in str(notice.params) + notice.body + str(message.payload)
    assert notice.good_until == made.expires_at
    assert forget_notices() == 0
    assert send_due_notices() == 1
    assert MailboxMessage.objects.get(notice_key=notice.key).address == INVITED
    assert forget_notices() == 1
    notice.refresh_from_db()
    assert (notice.state, notice.address, notice.body, notice.params) == ("sent", "", "", {})
    assert not MailboxMessage.objects.exists()
    # Whoever has the number finds the invitation on the page that the message named.
    assert [row.pk for row in as_(guest()).get("/unit/join/").context["invitations"]] == [pk]


def test_an_invitation_that_could_not_be_sent_keeps_its_number_for_another_try_while_it_is_open(
    cast: Unit,
) -> None:
    invited(cast)
    drain()
    BuyerNotice.objects.update(state="dead")
    assert forget_notices() == 0
    with time_machine.travel(clock.now() + dt.timedelta(days=7, seconds=1), tick=False):
        assert forget_notices() == 1
    assert BuyerNotice.objects.get().address == ""
