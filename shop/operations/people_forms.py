"""What staff type about people and their roles."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shop.accounts.forms import PhoneField
from shop.accounts.models import Role, ScopeKind
from shop.accounts.scope import Scope
from shop.regions.models import PartnerRegion
from shop.suppliers.selectors import suppliers

ROLE_NAMES = {
    Role.STAFF: pgettext_lazy("role", "Staff (administrator)"),
    Role.FINANCE: pgettext_lazy("role", "Finance"),
    Role.LIAISON: pgettext_lazy("role", "Region liaison"),
    Role.AUDITOR: pgettext_lazy("role", "Auditor"),
    Role.PREPARER: pgettext_lazy("role", "Preparer of months"),
    Role.REVIEWER: pgettext_lazy("role", "Reviewer of months"),
    Role.RELEASER: pgettext_lazy("role", "Releaser of months"),
    Role.SUPPLIER: pgettext_lazy("role", "Supplier"),
    Role.BUYER: pgettext_lazy("role", "Buyer of an organisation"),
    Role.APPROVER: pgettext_lazy("role", "Approver of an organisation"),
    Role.ACCEPTOR: pgettext_lazy("role", "Acceptor of an organisation"),
    Role.UNIT_FINANCE: pgettext_lazy("role", "Finance of an organisation"),
    Role.OWNER: pgettext_lazy("role", "Owner of an organisation"),
}


def area_choices(scope: Scope) -> list[tuple[str, Any]]:
    """Return what a role can be over, as choices of a field. Two queries."""
    regions = [(f"{ScopeKind.REGION}:{row.slug}", row.name_zh) for row in PartnerRegion.objects.all()]
    sellers = [
        (f"{ScopeKind.SUPPLIER}:{row.code}", f"{row.name_zh}（{row.code}）") for row in suppliers(scope)
    ]
    return [
        (f"{ScopeKind.ALL}:", _("The whole shop")),
        (gettext("A region"), regions),
        (gettext("A supplier"), sellers),
    ]


class PersonForm(forms.Form):
    """Somebody who works with the shop: a name, and a number or an address to log in with."""

    name = forms.CharField(
        label=_("Full name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = PhoneField(required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )


class ReasonForm(forms.Form):
    """Why; it stands in the journal."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Give a reason; it stands in the journal.")},
    )


class RoleForm(ReasonForm):
    """Which role, over what, and why."""

    role = forms.ChoiceField(label=_("Role"))
    over = forms.ChoiceField(label=_("Area"))
    field_order = ("role", "over", "reason")

    def __init__(
        self, *args: Any, roles: Collection[Role], areas: list[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._choices("role").choices = [
            (str(role), ROLE_NAMES[role]) for role in ROLE_NAMES if role in roles
        ]
        self._choices("over").choices = areas

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    @property
    def area(self) -> tuple[ScopeKind, str]:
        """Return the kind and code that were chosen."""
        kind, code = self.cleaned_data["over"].split(":", 1)
        return ScopeKind(kind), code
