"""allauth's adapter of the second factor: the QR code, and how its secrets lie in the database."""

import base64
import hashlib
import io

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.accounts.models import User
from shop.accounts.phones import masked_phone
from shop.accounts.totp import new_secret


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Draws the code without another site, and keeps secrets encrypted with a key made from SECRET_KEY."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("The code is not right, or it was used already. Wait for the next one."),
        "second_factor_locked": _(
            "Too many wrong codes. Wait five minutes; who has lost the phone asks a colleague for a reset."
        ),
    }

    def get_totp_label(self, user: User) -> str:
        """Return the line that the app shows below the shop's name: whose account, not the whole number."""
        return user.email or (masked_phone(user.phone) if user.phone else str(user))

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as a picture that needs no other site."""
        buffer = io.BytesIO()
        segno.make(url, error="m", micro=False).save(
            buffer, kind="svg", scale=5, border=3, xmldecl=False, dark="#1f2a24", light="#fff"
        )
        return buffer.getvalue().decode()

    def encrypt(self, text: str) -> str:
        """Return what stands in the database: a copy of it logs nobody in."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; one that another SECRET_KEY wrote becomes a random one, which no code fits."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return new_secret()


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(b"shop.accounts.second_factor:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
