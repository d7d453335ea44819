"""Who may open a unit's pages, and for which of their units they act there: one at a time, chosen by themselves."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cached_property, wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from shop.accounts.access import ScopedRequest, View, require_roles
from shop.accounts.models import Role
from shop.accounts.scope import NOTHING, UNIT_ROLES, Scope
from shop.buyers.membership import GRANT_OF
from shop.buyers.models import MemberRole, Organisation

ModelT = TypeVar("ModelT", bound=Model)
#: Where a session keeps the code of the unit that its person has chosen.
CHOSEN = "acting_unit"


class OtherUnit(Http404):
    """What was asked for belongs to another of the visitor's units; `code` is its code."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


class Acting:
    """For which unit a visitor acts at this request: the one they have chosen, else the first of theirs by code.

    A choice counts only as long as they belong to the unit. `code` is "" for who belongs to none.
    """

    def __init__(self, codes: frozenset[str], chosen: str) -> None:
        self.codes = codes
        self.code = chosen if chosen in codes else min(codes, default="")
        #: The unit, where a page has read it with what it is about.
        self.known: Organisation | None = None

    @cached_property
    def units(self) -> list[Organisation]:
        """Return every unit of the visitor, by code. One query."""
        found = Organisation.objects.filter(code__in=self.codes).select_related("parent")
        return list(found.order_by("code"))

    @property
    def unit(self) -> Organisation | None:
        """Return the unit that the visitor acts for. One query, where the page has not read it already."""
        return self.known or next((unit for unit in self.units if unit.code == self.code), None)

    @property
    def is_choice(self) -> bool:
        """Say whether there is another unit to act for."""
        return len(self.codes) > 1


def unit_page(view: View) -> View:
    """Decorate a page of a unit: for its members, at every request; to everyone else it does not exist.

    The request's `scope` is the one unit that the visitor acts for, so that no list and no sum mixes two; `acting`
    names it to the frame of the page. An object of another unit of theirs leads to the page that asks for which one
    they want to act; nothing is done to it before they have.
    """

    @wraps(view)
    def for_one_unit(request: ScopedRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        acting = Acting(request.scope.organisations, request.session.get(CHOSEN, ""))
        request.acting = acting  # type: ignore[attr-defined]  # read by `acting_of` and the frame
        if acting.code:
            request.scope = replace(request.scope, organisations=frozenset({acting.code}))
        try:
            return view(request, *args, **kwargs)
        except OtherUnit as other:
            reading = request.method in ("GET", "HEAD")
            asked = {"unit": other.code, "next": request.get_full_path() if reading else ""}
            return redirect(f"{reverse('buyers:acting')}?{urlencode(asked)}")

    return require_roles(*UNIT_ROLES)(for_one_unit)


def acting_of(request: HttpRequest) -> Acting:
    """Return for which unit the visitor of a unit's page acts."""
    found = getattr(request, "acting", None)
    assert isinstance(found, Acting)
    return found


def acting_for(request: HttpRequest, code: str | None) -> Organisation:
    """Return the unit that the visitor acts for, on a page whose address or form may name it by its code.

    Raises OtherUnit where it names another unit of theirs, Http404 for one that is not theirs.
    """
    acting = acting_of(request)
    if code and code in acting.codes - {acting.code}:
        raise OtherUnit(code)
    if acting.unit is None or (code and code != acting.code):
        raise Http404
    return acting.unit


def act_for(request: HttpRequest, code: str) -> None:
    """Let the visitor act for another unit of theirs from the next request on. Raises Http404 for one that is not."""
    if code not in acting_of(request).codes:
        raise Http404
    request.session[CHOSEN] = code


def holds(request: ScopedRequest, role: Role, organisation: Organisation) -> bool:
    """Say whether the visitor holds the role in this unit. No query: it is read with the grants of the request."""
    return (role, organisation.code) in request.in_units


def holds_one(request: ScopedRequest, roles: Collection[MemberRole], organisation: Organisation) -> bool:
    """Say whether the visitor is a member of this unit in one of these roles. No query."""
    return any(holds(request, GRANT_OF[role], organisation) for role in roles)


def acting_as(request: ScopedRequest, *roles: Role) -> Scope:
    """Return the scope of the unit that the visitor acts for, NOTHING where they hold none of these roles in it."""
    code = acting_of(request).code
    return request.scope if any((role, code) in request.in_units for role in roles) else NOTHING


def roles_in(request: ScopedRequest, code: str) -> list[MemberRole]:
    """Return as what the visitor acts for a unit of theirs. No query."""
    return [role for role, grant in GRANT_OF.items() if (grant, code) in request.in_units]


def of_unit(
    request: ScopedRequest, rows: Callable[[Scope], QuerySet[ModelT]], unit_code: str, **key: Any
) -> ModelT:
    """Return the row with this key of the unit that the visitor acts for; `unit_code` names where its code stands.

    Raises OtherUnit where it is another of their units', Http404 alike for what is nobody's and for a stranger's.
    """
    found = rows(request.scope).filter(**key).first()
    acting = acting_of(request)
    if found is not None:
        *path, _code = unit_code.split("__")
        unit: Any = found
        for name in path:
            unit = getattr(unit, name)
        acting.known = unit
        return found
    if acting.is_choice:
        other = rows(Scope(organisations=acting.codes)).filter(**key).values_list(unit_code, flat=True)
        for code in other[:1]:
            raise OtherUnit(code)
    raise Http404
