"""allauth's pages at /accounts/, those of the second factor among them, and the language switch."""

from allauth.account.urls import urlpatterns as account_urls
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from shop.accounts import mfa_views, weixin_views
from shop.accounts.views import EmailView, consent, sign_ins

urlpatterns: list[URLPattern | URLResolver] = [
    path("email/", EmailView.as_view(), name="account_email"),
    *(pattern for pattern in account_urls if pattern.name != "account_email"),
    path("consent/", consent, name="account_consent"),
    path("sign-ins/", sign_ins, name="account_sign_ins"),
    # allauth's names, by which its login and its adapter find them.
    path("second-factor/", mfa_views.overview, name="mfa_index"),
    path("second-factor/code/", mfa_views.code, name="mfa_authenticate"),
    path("second-factor/confirm/", mfa_views.confirm, name="mfa_reauthenticate"),
    path("second-factor/set-up/", mfa_views.set_up, name="mfa_activate_totp"),
    path("second-factor/remove/", mfa_views.remove, name="mfa_deactivate_totp"),
    path("second-factor/codes/", mfa_views.codes, name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", mfa_views.new_codes, name="mfa_generate_recovery_codes"),
    # allauth's names again; where WeChat is not set up all four are a 404.
    path("wechat/", weixin_views.weixin, name="socialaccount_connections"),
    path("wechat/login/", weixin_views.begin, name="weixin_login"),
    path("wechat/callback/", weixin_views.callback, name="weixin_callback"),
    path("wechat/signup/", weixin_views.signup, name="socialaccount_signup"),
    path("language/", set_language, name="set_language"),
]
