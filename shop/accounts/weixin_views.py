"""The addresses of the WeChat login. Where it is off none of them answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.views import SignupView as AllauthSignupView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import require_login
from shop.accounts.models import User
from shop.accounts.services import unbind_weixin
from shop.accounts.weixin import PROVIDER, WeixinAdapter, binding_of, is_on, may_unbind


def when_on(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 404 where WeChat is not set up."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_on():
            raise Http404
        return view(request, *args, **kwargs)

    return answer


@when_on
@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponseBase:
    """Lead to WeChat's page: to log in, or for whoever is signed in, to bind it to this account."""
    process = "connect" if request.user.is_authenticated else "login"
    provider = get_adapter(request).get_provider(request, PROVIDER)
    answer: HttpResponseBase = provider.redirect(
        request, process=process, next_url=get_next_redirect_url(request)
    )
    return answer


@when_on
@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponseBase:
    """Take what WeChat's page sends back: log in, bind, or go on to signing up."""
    answer: HttpResponseBase = OAuth2CallbackView.adapter_view(WeixinAdapter)(request)
    return answer


class SignupView(AllauthSignupView):  # type: ignore[misc]
    """A new person comes from WeChat: the number and the consent are asked for here, as everywhere."""

    template_name = "account/weixin_signup.html"


signup = when_on(never_cache(SignupView.as_view()))


@when_on
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def weixin(request: HttpRequest) -> HttpResponse:
    """Show the person's WeChat; a POST unbinds it."""
    user = request.user
    assert isinstance(user, User)
    if request.method == "POST":
        if not may_unbind(user):
            messages.error(
                request, _("Set a password or prove your number first: you could not log in again.")
            )
        elif unbind_weixin(user_id=user.pk):
            messages.success(request, _("Unbound. WeChat no longer logs in to this account."))
        return redirect("socialaccount_connections")
    return render(request, "account/weixin.html", {"binding": binding_of(user.pk)})
