"""Who may open a page: the grants of the person, read at every request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.cache import patch_cache_control

from shop.accounts.models import Role, User
from shop.accounts.scope import NOTHING, Held, InUnits, Scope, entry_of

View = Callable[..., HttpResponseBase]

#: Everyone who works for the shop's operator.
OPERATORS = (Role.STAFF, Role.FINANCE, Role.LIAISON)
#: Everyone who may look at the shop's figures.
READERS = (*OPERATORS, Role.AUDITOR)
#: The three who close a month between them.
CLOSERS = (Role.PREPARER, Role.REVIEWER, Role.RELEASER)


@dataclass(frozen=True)
class Door:
    """Who gets in at a page: whoever holds one of these roles, over the whole shop where `whole`."""

    roles: frozenset[Role]
    whole: bool = False

    def opens_for(self, held: Held) -> bool:
        """Say whether these roles open it."""
        return any(role in self.roles and (everywhere or not self.whole) for role, everywhere in held)


class ScopedRequest(HttpRequest):
    """A request of a person with a role; `scope` is what they may see in it, `held` every role that counts now.

    `in_units` are those of the roles that are over one organisation, with its code.
    """

    user: User
    scope: Scope
    held: Held
    in_units: InUnits


def require_roles(*roles: Role) -> Callable[[View], View]:
    """Decorate a view: anonymous people log in first, people in none of the roles find nothing (404).

    Whoever has such a role and no second factor is led to the page that sets one up, and gets no further.

    The view's request then carries `scope`; its response is never stored by a cache or the back button.
    For a class: `path(…, require_roles(Role.STAFF)(PageView.as_view()))`.
    """
    if not roles:
        raise ValueError("name the roles that may open the page")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_login(request)
            entry = entry_of(request.user, *roles)
            if entry.scope == NOTHING:
                if entry.lacks_second_factor:
                    return _private(redirect("mfa_activate_totp"))
                raise Http404
            request.scope = entry.scope  # type: ignore[attr-defined]  # what makes it a ScopedRequest
            request.held = entry.held  # type: ignore[attr-defined]
            request.in_units = entry.in_units  # type: ignore[attr-defined]
            return _private(view(request, *args, **kwargs))

        guarded.door = Door(frozenset(roles))  # type: ignore[attr-defined]  # read by `door_of`
        return guarded

    return decorate


def require_whole_shop(*roles: Role) -> Callable[[View], View]:
    """Decorate a view as `require_roles` does, for who holds a role over the whole shop; a part of it finds nothing."""

    def decorate(view: View) -> View:
        @wraps(view)
        def whole(request: ScopedRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.scope.everything:
                raise Http404
            return view(request, *args, **kwargs)

        guarded = require_roles(*roles)(whole)
        guarded.door = Door(frozenset(roles), whole=True)  # type: ignore[attr-defined]
        return guarded

    return decorate


def door_of(view: View) -> Door | None:
    """Return who gets in at a view, None where no role is asked for."""
    return getattr(view, "door", None)


def require_login(view: View) -> View:
    """Decorate a page of a person's own: anonymous people log in first; never stored by a cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        return _private(view(request, *args, **kwargs))

    return guarded


def roles_of(user: object) -> frozenset[Role]:
    """Return the roles that a person holds, over whatever; none for the anonymous. One query.

    For what a page offers, not for what it shows: a role may still wait for its second factor (`scope_of`).
    """
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    return frozenset(Role(role) for role in user.grants.values_list("role", flat=True))


def _to_login(request: HttpRequest) -> HttpResponseBase:
    login = resolve_url(settings.LOGIN_URL)
    # A form cannot be sent again after the login, so its address is no place to come back to.
    return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else "/", login)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    patch_cache_control(response, private=True, no_store=True)
    return response
