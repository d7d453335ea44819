"""A unit that grows with the shop of `growing_shop`: requests, papers, members, sub-units."""

import datetime as dt
import uuid

from oscar.apps.basket.models import Basket

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.buyers.models import Invitation, Membership, Organisation, OrganisationPaper
from shop.certificates.packs.asking import PACK
from shop.core import clock
from shop.files.models import FileAccount, StoredFile
from shop.procurement.models import PurchaseRequest
from shop.reporting.models import ExportJob
from tests.factories import make_user
from tests.factories.buyers import make_organisation
from tests.reporting.bulk import ready_export

#: Before every other code: the unit that its member acts for.
UNIT = "un-grown"
#: Of its first pack.
PACK_KEY = uuid.UUID(int=1)


class GrowingUnits:
    """`member` acts for the unit in every role, and for each of its sub-units as its owner."""

    def open_unit(self) -> None:
        """Make the unit before anybody logs in: a new role would end their session."""
        self.member = make_user(phone="+8613800000005", name="唐负责")
        self.unit = make_organisation(
            code=UNIT,
            buyer=self.member,
            approver=self.member,
            acceptor=self.member,
            finance=self.member,
            owner=self.member,
        )

    def grow_unit(self, span: range, guest: User) -> None:
        """Make every list of the unit longer, and invite the guest to each of its sub-units."""
        self._unit_requests(span)
        self._unit_papers(span)
        self._unit_people(span)
        self._unit_sub_units(span, guest)
        ExportJob.objects.bulk_create(self._unit_pack(number) for number in span)

    def _unit_pack(self, number: int) -> ExportJob:
        return ready_export(
            self.member,
            f"{number}.zip",
            content=PACK,
            kind="zip",
            query={"order": f"YS-{number}"},
            everything=False,
            organisation=UNIT,
            roles=["unit_finance"],
            key=PACK_KEY if number == 0 else uuid.uuid4(),
        )

    def _unit_requests(self, span: range) -> None:
        """Let another member hand in requests: an order that became a unit's would be no resident's any more."""
        now = clock.now()
        another = make_user(phone="+8613800000006", name="周工会")
        baskets = Basket.objects.bulk_create(Basket(status=Basket.FROZEN) for _number in span)
        PurchaseRequest.objects.bulk_create(
            PurchaseRequest(
                number=f"CG-{number}",
                organisation=self.unit,
                state="submitted",
                basket=basket,
                created_by=another,
                created_at=now,
                submitted_by=another,
                submitted_at=now,
            )
            for number, basket in zip(span, baskets, strict=True)
        )

    def _unit_papers(self, span: range) -> None:
        now = clock.now()
        account, _made = FileAccount.objects.get_or_create(pk="bulk")
        files = StoredFile.objects.bulk_create(
            StoredFile(
                kind="document",
                owner_type="organisation",
                owner_key=UNIT,
                account=account,
                name=f"{number}.pdf",
                content_type="application/pdf",
                size=1,
                digest="0" * 64,
                uploaded_at=now,
                ready_at=now,
                due_at=now,
            )
            for number in span
        )
        OrganisationPaper.objects.bulk_create(
            OrganisationPaper(organisation=self.unit, kind="other", file=file, uploaded_by=1, uploaded_at=now)
            for file in files
        )

    def _unit_people(self, span: range) -> None:
        now = clock.now()
        people = User.objects.bulk_create(
            User(phone=f"+86178{number:08d}", last_name="委", first_name=f"{number}") for number in span
        )
        Membership.objects.bulk_create(
            Membership(organisation=self.unit, user=person, role="buyer", added_at=now) for person in people
        )
        Invitation.objects.bulk_create(
            self._unit_invitation(self.unit, f"+86179{number:08d}", f"a{number}") for number in span
        )

    def _unit_sub_units(self, span: range, guest: User) -> None:
        now = clock.now()
        units = Organisation.objects.bulk_create(
            Organisation(
                code=f"un-sub-{number:03d}",
                name=f"分会 {number:03d}",
                kind="union",
                parent=self.unit,
                registered_at=now,
            )
            for number in span
        )
        ScopeGrant.objects.bulk_create(
            ScopeGrant(user=self.member, role=Role.OWNER, kind=ScopeKind.ORGANISATION, code=unit.code)
            for unit in units
        )
        User.objects.filter(pk=guest.pk).update(phone_verified=True)
        Invitation.objects.bulk_create(
            self._unit_invitation(unit, guest.phone or "", f"b{unit.code}") for unit in units
        )

    def _unit_invitation(self, unit: Organisation, phone: str, key: str) -> Invitation:
        now = clock.now()
        return Invitation(
            organisation=unit,
            role="buyer",
            phone=phone,
            digest=f"{key:0>64}",
            invited_by=self.member.pk,
            invited_at=now,
            expires_at=now + dt.timedelta(days=7),
        )
