"""Every column that leads to a person is decided on: what closing an account erases, and what it keeps and why."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.db.models import Model
from oscar.apps.address.models import Country, UserAddress
from oscar.apps.analytics.models import UserProductView, UserRecord, UserSearch
from oscar.apps.basket.models import Basket
from oscar.apps.catalogue.reviews.models import ProductReview, Vote
from oscar.apps.communication.models import Email, Notification
from oscar.apps.customer.models import ProductAlert
from oscar.apps.payment.models import Bankcard
from oscar.apps.wishlists.models import WishList

from shop.accounts.models import SignIn, User
from shop.core import clock
from shop.fulfilment.services import confirm_receipt
from shop.opinions.models import Wish
from shop.opinions.reviews import ReviewDraft, write_review
from shop.ordering.addresses import save_address
from shop.storefront.closing import close_own_account
from tests.factories import RECIPIENT, make_app, make_product, make_user
from tests.fulfilment.returns_cast import delivered

pytestmark = [pytest.mark.django_db, pytest.mark.data]

_ROLE = "whoever holds a role cannot close: it is given up first"
_WORK = "an act of somebody who worked here: the books name who did it, by a number that leads to nobody"
_TRADE = "the trade's record under a code that leads to nobody; contact data go by the clock"
_UNUSED = "nothing of the shop writes it"
#: What stays, and why.
KEPT = {
    "accounts.ScopeGrant.user": _ROLE,
    "accounts.User.groups": _UNUSED,
    "accounts.User.user_permissions": _UNUSED,
    "accounts.Consent.user": "proves that the person agreed, and to which version; says nothing else of them",
    "suppliers.SupplierApplication.applicant": "contact and bank account are deleted by its own handler",
    "buyers.Membership.user": _ROLE,
    "coupons.Coupon.user": "unused ones lapse; used ones belong to their order",
    "ordering.OrderRecord.buyer": _TRADE,
    "order.Order.user": _TRADE,
    "order.OrderNote.user": _UNUSED,
    "voucher.VoucherApplication.user": _UNUSED,
    "conversations.Conversation.buyer": "that there was one stays; its words and photos are erased",
    "notifications.BuyerNotice.user": "that it was sent stays; address and words are erased by the clock",
    "admin.LogEntry.user": _UNUSED,
    "offer.RangeProductFileUpload.uploaded_by": _UNUSED,
    "partner.Partner.users": _UNUSED,
    "ordering.StockFile.uploaded_by": _WORK,
    "fulfilment.ShippingFile.uploaded_by": _WORK,
    "procurement.PurchaseRequest.created_by": _WORK,
    "procurement.PurchaseRequest.submitted_by": _WORK,
    "procurement.PurchaseRequest.decided_by": _WORK,
    "procurement.UploadFile.uploaded_by": _WORK,
    "procurement.AcceptanceReport.reported_by": _WORK,
    "procurement.AcceptanceReport.decided_by": _WORK,
    "reporting.ReportRecipient.user": _WORK,
    "reporting.ReportMailing.user": _WORK,
    "operations.WorkClaim.user": _WORK,
}


def _review(person: User) -> None:
    mixed = delivered(buyer=person)
    confirm_receipt(record_id=mixed.record.pk, actor_id=person.pk)
    draft = ReviewDraft(5, "茶很香")
    write_review(record_id=mixed.record.pk, line_id=mixed.tea.line_id, draft=draft, actor_id=person.pk)


def _address(person: User) -> None:
    country = Country.objects.get_or_create(iso_3166_1_a2="CN", defaults={"printable_name": "中国"})[0]
    UserAddress.objects.create(user=person, country=country, line1="解放路 1 号")


def _oscars_review(person: User) -> ProductReview:
    return ProductReview.objects.create(product=make_product(), score=5, title="好", body="好", user=person)


#: What goes, and how it comes to be.
ERASED: dict[str, Callable[[User], Any]] = {
    "accounts.SignIn.user": lambda user: SignIn.objects.create(
        user=user, session_key="k", begun_at=clock.now()
    ),
    "ordering.SavedAddress.owner": lambda user: save_address(owner_id=user.pk, recipient=RECIPIENT),
    "opinions.Review.author": _review,
    "opinions.Wish.owner": lambda user: Wish.objects.create(
        owner=user, product=make_product(), price_fen=1, kept_at=clock.now()
    ),
    "analytics.UserRecord.user": lambda user: UserRecord.objects.create(user=user),
    "analytics.UserProductView.user": lambda user: UserProductView.objects.create(
        user=user, product=make_product()
    ),
    "analytics.UserSearch.user": lambda user: UserSearch.objects.create(user=user, query="茶"),
    "address.UserAddress.user": _address,
    "reviews.ProductReview.user": _oscars_review,
    "reviews.Vote.user": lambda user: Vote.objects.create(
        review=_oscars_review(make_user(phone="+8613800000077")), user=user, delta=1
    ),
    "communication.Email.user": lambda user: Email.objects.create(user=user, subject="s", body_text="b"),
    "communication.Notification.recipient": lambda user: Notification.objects.create(
        recipient=user, subject="s"
    ),
    "communication.Notification.sender": lambda user: Notification.objects.create(
        recipient=make_user(phone="+8613800000077"), sender=user, subject="s"
    ),
    "basket.Basket.owner": lambda user: Basket.objects.create(owner=user),
    "payment.Bankcard.user": lambda user: Bankcard.objects.create(
        user=user, card_type="Visa", name="王芳", number="XXXX-1", expiry_date=clock.today()
    ),
    "customer.ProductAlert.user": lambda user: ProductAlert.objects.create(user=user, product=make_product()),
    "wishlists.WishList.owner": lambda user: WishList.objects.create(owner=user),
    "account.EmailAddress.user": lambda user: EmailAddress.objects.create(
        user=user, email="fang@example.com"
    ),
    "mfa.Authenticator.user": make_app,
    "socialaccount.SocialAccount.user": lambda user: SocialAccount.objects.create(
        user=user, provider="weixin", uid="oPerson-One_0001"
    ),
}


def leads_to_people() -> dict[str, tuple[type[Model], str]]:
    """Return every column of every app that leads to a person."""
    return {
        f"{model._meta.app_label}.{model.__name__}.{field.name}": (model, field.name)
        for model in apps.get_models()
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.related_model is User or (model is User and field.many_to_many)
    }


def test_every_column_that_leads_to_a_person_is_decided_on() -> None:
    assert KEPT.keys() & ERASED.keys() == set()
    assert leads_to_people().keys() == KEPT.keys() | ERASED.keys(), "say what closing an account does with it"
    assert all(KEPT.values())


@pytest.mark.parametrize("name", ERASED)
def test_what_is_erased_is_gone(name: str) -> None:
    person = make_user()
    ERASED[name](person)
    model, column = leads_to_people()[name]
    own = model._base_manager.filter(**{column: person})
    assert own.exists()
    assert close_own_account(user_id=person.pk)
    assert not own.exists()
