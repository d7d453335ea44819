"""WeChat login: allauth's provider, asked with our own care. Off unless both keys are set; never run against WeChat.

What WeChat tells is the openid, which names a person to this shop only, and a nickname that the person sees again
on the page where it is unbound. Neither ever finds an account: one is bound by whoever is signed in to it.
"""

import json
import re
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from allauth.socialaccount.providers.weixin.client import WeixinOAuth2Client
from allauth.socialaccount.providers.weixin.provider import WeixinProvider
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from requests import RequestException

from shop.accounts.models import User
from shop.journal.services import record

PROVIDER = "weixin"
NICKNAME_LENGTH = 40
_OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")


def is_on() -> bool:
    """Say whether WeChat may be used to log in here."""
    return bool(settings.WEIXIN_APP_ID and settings.WEIXIN_APP_SECRET)


def binding_of(user_id: int | None) -> SocialAccount | None:
    """Return the WeChat that a person has bound. One query."""
    return SocialAccount.objects.filter(user_id=user_id, provider=PROVIDER).first()


def ask(path: str, params: dict[str, str]) -> dict[str, Any]:
    """Ask WeChat's interface and return what it tells.

    Raises OAuth2Error when it cannot be reached, refuses, or answers what is no answer; the error holds no key.
    """
    try:
        with get_adapter().get_requests_session() as session:
            answer = session.request(
                "GET", f"{settings.WEIXIN_API_BASE}{path}", params=params, allow_redirects=False
            )
            # Told as text/plain without a charset: the bytes are read as what JSON is written in.
            told = json.loads(answer.content) if answer.status_code == 200 else None
    except (RequestException, ValueError, RecursionError):
        raise OAuth2Error("WeChat did not answer") from None
    if not isinstance(told, dict) or told.get("errcode"):
        raise OAuth2Error("WeChat refused")
    return told


class Client(WeixinOAuth2Client):  # type: ignore[misc]
    """Leads to WeChat's page with the mark at the end that WeChat asks for."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        """Return the address of the page that shows the code to scan."""
        return f"{super().get_redirect_url(*args, **kwargs)}#wechat_redirect"


class WeixinAdapter(OAuth2Adapter):  # type: ignore[misc]
    """Turns what comes back from WeChat into a login; everything it tells is looked at first."""

    provider_id = PROVIDER
    client_class = Client
    access_token_url = ""

    @property
    def authorize_url(self) -> str:
        """Return WeChat's page, or the stand-in's."""
        return f"{settings.WEIXIN_OPEN_BASE}/connect/qrconnect"

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Client, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """Exchange the code. Raises OAuth2Error."""
        told = ask(
            "/sns/oauth2/access_token",
            {
                "appid": app.client_id,
                "secret": app.secret,
                "code": request.GET.get("code", ""),
                "grant_type": "authorization_code",
            },
        )
        openid = told.get("openid")
        if not isinstance(told.get("access_token"), str) or not _is_openid(openid):
            raise OAuth2Error("WeChat named nobody")
        self.did_fetch_access_token = True
        return told

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Return the token for the one question that follows; it is not stored."""
        return SocialToken(token=data["access_token"])

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Ask who it is. Raises OAuth2Error when the answer is about somebody else."""
        openid = kwargs["response"]["openid"]
        told = ask("/sns/userinfo", {"access_token": token.token, "openid": openid, "lang": "zh_CN"})
        if told.get("openid") != openid:
            raise OAuth2Error("WeChat told of another person")
        nickname = told.get("nickname")
        shown = nickname.replace("\x00", "")[:NICKNAME_LENGTH] if isinstance(nickname, str) else ""
        return self.get_provider().sociallogin_from_response(request, {"openid": openid, "nickname": shown})


class Provider(WeixinProvider):  # type: ignore[misc]
    """allauth's provider with the adapter above."""

    oauth2_adapter_class = WeixinAdapter

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what is stored beside the openid."""
        return {"nickname": data["nickname"]}


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """One provider, set by the environment alone; no row of a table turns one on."""

    def list_providers(self, request: HttpRequest) -> list[Provider]:
        """Return WeChat where it is on."""
        return [self.get_provider(request, PROVIDER)] if is_on() else []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """Return WeChat. Raises SocialApp.DoesNotExist for another one, and when it is off."""
        if provider != PROVIDER or not is_on():
            raise SocialApp.DoesNotExist
        app = SocialApp(
            provider=PROVIDER,
            name="WeChat",
            client_id=settings.WEIXIN_APP_ID,
            secret=settings.WEIXIN_APP_SECRET,
        )
        return Provider(request, app=app)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Take nothing over: a nickname is not a name."""
        user: User = sociallogin.user
        return user

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        """Write down that a WeChat was bound, where allauth would write a mail."""
        if template_prefix.endswith("account_connected"):
            record(
                actor_id=user.pk, action="accounts.wechat_bound", object_type="user", object_key=str(user.pk)
            )

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse a second WeChat for an account that has one: the first is unbound before."""
        if sociallogin.state.get("process") != "connect" or sociallogin.is_existing:
            return
        if binding_of(request.user.pk) is not None:
            messages.error(request, _("A WeChat is bound already. Unbind it first, then bind the other one."))
            raise ImmediateHttpResponse(redirect("socialaccount_connections"))

    def on_authentication_error(self, request: HttpRequest, provider: Provider, **told: Any) -> None:
        """Lead back with a sentence: whatever WeChat answered, nothing has changed here."""
        messages.error(
            request,
            _("WeChat did not confirm who you are. Nothing has changed. Try again, or use another way."),
        )
        page = "socialaccount_connections" if request.user.is_authenticated else "account_login"
        raise ImmediateHttpResponse(redirect(page))


def may_unbind(user: User) -> bool:
    """Say whether another way to log in is left: a password or a proved number."""
    return user.has_usable_password() or get_account_adapter().get_phone(user) == (user.phone, True)


def _is_openid(value: object) -> bool:
    return isinstance(value, str) and _OPENID.fullmatch(value) is not None
